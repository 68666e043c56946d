/**
 * `drydock oci …`, also called as `drydock-oci …`: the command line that callers of runc expect. Its global options
 * stand before the verb; each verb knows them too, so they are moved behind it.
 */
import { DrydockError } from '../../../errors.ts';
import { find, run } from '../../dispatch.ts';
import { oci } from '../../verbs.ts';

/** Global options that are followed by a value. */
const valued = new Set(['--root', '--log', '--log-format', '--criu', '--rootless', '--cgroup-manager']);

/** Runs one of the runtime's verbs. */
export async function runOci(words: readonly string[]): Promise<void> {
  let verbAt = 0;
  while (words[verbAt]?.startsWith('-') && !isHelp(words[verbAt]!) && !isVersion(words[verbAt]!))
    verbAt += valued.has(words[verbAt]!) ? 2 : 1;
  const name = words[verbAt];
  const next = words[verbAt + 1];
  if (name === 'help' && next !== undefined) return runOci([...words.slice(0, verbAt), next, '--help']);
  if (name === undefined && words.length > 0) throw noVerb(words);
  if (name === undefined || isHelp(name)) {
    const [{ ociOverview }, { printHelp }] = await Promise.all([import('../../help.ts'), import('../../narrow.ts')]);
    return printHelp(ociOverview());
  }
  if (isVersion(name)) return version();
  await run(find(oci, name), [...words.slice(0, verbAt), ...words.slice(verbAt + 1)], `drydock oci ${name}`);
}

function noVerb(words: readonly string[]): DrydockError {
  const last = words.at(-1)!;
  const what = valued.has(last) ? `${last} needs a value` : `no verb after ${words.join(' ')}`;
  return new DrydockError('BAD_USAGE', `drydock oci: ${what}`, { hint: 'see: drydock oci --help' });
}

/** As runc prints it: callers read the line that begins with `spec:`. */
async function version(): Promise<void> {
  const { OCI_VERSION } = await import('../../../runtime/oci-version.ts');
  const { ownVersion } = await import('../../version.ts');
  process.stdout.write(`drydock-oci version ${ownVersion()}\nspec: ${OCI_VERSION}\nnode: ${process.version}\n`);
}

function isVersion(word: string): boolean {
  return ['--version', '-v'].includes(word);
}

function isHelp(word: string): boolean {
  return ['help', '--help', '-h'].includes(word);
}
