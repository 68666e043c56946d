/**
 * What the tests of the engine with real clients share: an engine of ours and a dockerd, each in folders of their own, and
 * a way to give the same command to both.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { projectHome } from '../../src/linux/native.ts';
import { unmountAll } from '../../src/snapshots/mount.ts';
import { command, daemon, folder, freshFolder, isInstalled, type Answer, type Daemon } from './support.ts';

export interface Server extends Daemon {
  /** `unix://…` */
  readonly host: string;
  /** The words that the real client takes before its own. */
  docker(...words: string[]): string[];
}

const docker =
  (host: string) =>
  (...words: string[]): string[] => ['docker', '-H', host, ...words];

const isAnswering = (host: string) => async (): Promise<boolean> =>
  existsSync(host.replace('unix://', '')) && (await command(docker(host)('images', '-q'))).code === 0;

/** Started without the launcher, which might build first. */
const bundle = join(projectHome(), 'dist/drydock.cjs');

let count = 0;

export interface OurServer extends Server {
  /** Another one may be started in its place, when it has ended. */
  readonly name: string;
  readonly run: string;
  readonly root: string;
}

/** An engine of ours, from the bundle, with a root and a run folder of its own. */
export const startEngine = (...options: string[]): Promise<OurServer> => startEngineAs(`e${++count}`, ...options);

/** The same with the folders of this name. */
export async function startEngineAs(name: string, ...options: string[]): Promise<OurServer> {
  const [root, run] = [freshFolder(`${name}/root`), freshFolder(`${name}/run`)];
  const host = `unix://${join(run, 'drydock.sock')}`;
  const words = ['env', `DRYDOCK_ROOT=${root}`, `DRYDOCK_RUN=${run}`, process.execPath, bundle, 'daemon'];
  const server = await daemon(name, [...words, ...options], isAnswering(host));
  return { ...server, name, host, run, root, docker: docker(host) };
}

/** Options for an engine whose containers are in its default bridge: one that no other engine of this machine has. */
export const bridgeOfOwn = (): string[] => [
  ...['--bridge', `dc${process.pid}`],
  ...['--bip', `10.212.${process.pid % 256}.1/24`],
];

/** Debian's dockerd, without a network. */
export async function startDockerd(): Promise<Server> {
  const name = `d${++count}`;
  const at = (part: string): string => freshFolder(`${name}/${part}`);
  const host = `unix://${join(freshFolder(name), 'docker.sock')}`;
  const exec = at('exec');
  const places = ['--data-root', at('data'), '--exec-root', exec, '--pidfile', join(folder, name, 'pid')];
  const network = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
  const words = ['dockerd', ...places, ...network, '--storage-driver', 'vfs', '-H', host];
  const server = await daemon(name, words, isAnswering(host));
  const end = async (): Promise<void> => {
    await server.end();
    // It keeps the network of the machine mounted (`--net host`), also after its end.
    for (const { mountPoint } of readMountinfo()) if (mountPoint.startsWith(`${exec}/netns/`)) unmountAll(mountPoint);
  };
  return { ...server, end, host, docker: docker(host) };
}

/** What is missing for these tests; undefined if nothing is. */
export function lacks(...programs: string[]): string | undefined {
  const missing = ['docker', 'dockerd', ...programs].filter((name) => !isInstalled(name));
  return missing.length > 0 ? `no ${missing.join(', no ')} here` : undefined;
}

interface Given {
  readonly input?: string;
  /** What differs by nature, as a text that does not. */
  readonly same?: (text: string) => string;
}

/** Gives one command to both; exit code, output and messages must be the same. What is answered is ours. */
export async function both(
  ours: Server,
  theirs: Server,
  words: readonly string[],
  { input, same }: Given = {},
): Promise<Answer> {
  const [mine, reference] = [
    await command(ours.docker(...words), { input }),
    await command(theirs.docker(...words), { input }),
  ];
  const shown = ({ code, stdout, stderr }: Answer): Answer => {
    const plain = (text: string): string => (same ?? ((all) => all))(withoutIds(text));
    return { code, stdout: plain(stdout), stderr: plain(stderr) };
  };
  assert.deepEqual(shown(mine), shown(reference), words.join(' '));
  return mine;
}

export const withoutIds = (text: string): string =>
  text.replace(/\b[0-9a-f]{64}\b/g, 'DIGEST').replace(/\b[0-9a-f]{12}\b/g, 'ID');
