/**
 * Debian's packages, of the release that this machine has and of others.
 *
 * Other releases are read by apt with a list of sources and folders of its own: this machine's apt is not touched, and no
 * root is needed. Which mirror serves them is taken from this machine's own sources, so that whoever has one nearby uses it.
 * See apt.conf(5), sources.list(5).
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { output } from './command.ts';
import { vmFolder } from './folder.ts';

/** The kernels that there are guests for, each with the release of Debian that has it. */
export const suites = { '6.1': 'bookworm', '6.12': 'trixie', '5.10': 'bullseye' } as const;

export type Series = keyof typeof suites;

/**
 * Whose packages make a guest's root file system: the kernel's own release, if its C library has what an addon needs that
 * was built on this machine. Bullseye's (2.31) has not.
 */
export const userland: Readonly<Record<Series, Series>> = { '6.1': '6.1', '6.12': '6.12', '5.10': '6.1' };

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Where Debian's packages come from: DRYDOCK_VM_MIRROR, or as this machine's sources say. Throws VM_LACKS. */
function mirror(): string {
  if (process.env.DRYDOCK_VM_MIRROR) return process.env.DRYDOCK_VM_MIRROR;
  const format = '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)';
  const found = output('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
    .split('\n')
    .map((line) => /^Debian main (\S+) [a-z]+$/.exec(line)?.[1])
    .find((uri) => uri !== undefined);
  if (found) return found;
  throw new DrydockError('VM_LACKS', 'the apt of this machine names no mirror of Debian', {
    hint: 'sudo apt-get update, or name a mirror: DRYDOCK_VM_MIRROR=http://HOST/debian ./drydock vm up',
  });
}

/** The line of sources for a release. Throws VM_LACKS. */
export function sourceOf(series: Series): string {
  if (!existsSync(KEYS))
    throw new DrydockError('VM_LACKS', `Debian’s keys are not here: ${KEYS} does not exist`, {
      hint: 'sudo apt-get install debian-archive-keyring',
    });
  return `deb [signed-by=${KEYS}] ${mirror()} ${suites[series]} main`;
}

/** An apt that knows one release and nothing of this machine: the environment to start its programs with. */
export function aptOf(series: Series): NodeJS.ProcessEnv {
  const folder = join(vmFolder(), 'apt', suites[series]);
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  const settings = {
    'Dir::State': folder,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Sandbox::User': '', // root's apt would become _apt, which may not write in our folder
  };
  writeFileSync(join(folder, 'sources.list'), `${sourceOf(series)}\n`);
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(join(folder, 'apt.conf'), lines.join(''));
  return { ...process.env, APT_CONFIG: join(folder, 'apt.conf') };
}
