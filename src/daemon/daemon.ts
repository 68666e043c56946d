/**
 * The engine as a process: `drydock daemon`.
 *
 *     by hand       drydock daemon            in the foreground, until it is told to end
 *     by init       packaging/                the same; systemd has opened the socket before
 *     on demand     src/start/on-demand.ts    detached (detached.ts), gone a minute after the last container
 *
 * Invariants:
 *
 *  1. Of one DRYDOCK_RUN there is one engine, and of one DRYDOCK_ROOT, too: it holds the lock of a folder in each for as long
 *     as it lives, and the kernel gives that back however it dies.
 *  2. Whoever can connect is answered: sockets are opened when the engine is, and closed before it is.
 *  3. Its end is not its containers' end. They have vessels, and the next engine finds them.
 *
 * SIGTERM and SIGINT end it, SIGHUP reads the configuration file anew.
 */
import { rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { keysFor, listen } from '../api/listen.ts';
import { addressText, parseAddress, type Address } from '../api/address.ts';
import { routes } from '../api/routes.ts';
import { Api } from '../api/server.ts';
import type { TlsOptions } from '../api/tls.ts';
import type { Engine } from '../engine/engine.ts';
import { openEngine } from '../engine/open.ts';
import { DrydockError } from '../errors.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { native } from '../linux/native.ts';
import { SOCKET } from '../start/places.ts';
import { aside, idle } from './idle.ts';
import { Live } from './live.ts';
import { withRoom } from './room.ts';
import type { Settings } from './settings.ts';
import { alone, aloneOrAnswered, aloneWith } from './twin.ts';

export interface DaemonOptions {
  /** Flags and file together. */
  readonly settings: Settings;
  /** What SIGHUP asks for. Throws what is wrong with the file. */
  readonly reread: () => Promise<Settings>;
  readonly root: string;
  readonly run: string;
  readonly version: string;
  /** Started by a command: another engine that answers is as good as this one. */
  readonly isOnDemand?: boolean;
  /** Leaves when nothing has run and nobody has asked anything for so long. */
  readonly idleMs?: number;
  readonly say: (line: string) => void;
  readonly onReady?: () => void;
}

/** Resolves when the engine has ended, as it was told to or because nobody needs it. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { root, run, isOnDemand } = options;
  process.umask(0o022);
  process.chdir('/');
  frugal();
  makeFolders(run, 0o700);
  const lock = isOnDemand ? await aloneOrAnswered(run) : alone(run);
  if (!lock) return options.onReady?.();
  const told = untilSignal();
  try {
    const own = aloneWith(root);
    try {
      await open(options, told);
    } finally {
      own.release();
    }
  } finally {
    lock.release();
  }
}

/**
 * The first signal that ends the engine. They are ours from before it can be found until the process has ended: a second one
 * would kill it half way.
 */
function untilSignal(): Promise<string> {
  return new Promise((resolve) => process.on('SIGTERM', resolve).on('SIGINT', resolve));
}

async function open(options: DaemonOptions, told: Promise<string>): Promise<void> {
  takeProxies(options.settings);
  const live = new Live(options.settings, options);
  const engine = await withRoom(options.root, 'DRYDOCK_ROOT', () => openEngine(live.engineOptions()));
  try {
    await serve({ ...options, told }, engine, live);
  } finally {
    await engine.close();
  }
}

/** Whoever asks a registry finds them in the environment (src/registry/proxy.ts), where dockerd puts them, too. */
function takeProxies(settings: Settings): void {
  for (const name of ['http-proxy', 'https-proxy', 'no-proxy'] as const)
    if (settings[name] !== undefined) process.env[name.toUpperCase().replace('-', '_')] = settings[name];
}

// Each thread has a heap of its own by default, and keeps what it had once: an engine would grow by what its largest image
// took, and stay so. It took a third more after four images, and was not faster (test/bench/images.ts).
function frugal(): void {
  native.limitMalloc(2, 128 * 1024, 1024 * 1024);
}

async function serve(options: DaemonOptions & Pick<AtWork, 'told'>, engine: Engine, live: Live): Promise<void> {
  const { settings, run, say } = options;
  const api = new Api({
    ...{ engine, routes, surroundings: live.surroundings() },
    name: `Drydock/${options.version} (linux)`,
    onRequest: (what) => live.isDebug && say(what),
    onError: (error, what) => say(`${what}: ${tellMistake(error)}`),
  });
  const addresses = addressesOf(settings, run);
  const servers: Server[] = [];
  /** Where it listens. What it could not open may be somebody else's, and its pidfile until it is written. */
  const paths: string[] = [];
  const written: string[] = [];
  try {
    for (const address of addresses) {
      servers.push(...(await listen(api, address, listenOptions(settings))));
      if (address.kind === 'unix') paths.push(address.path);
    }
    written.push(pidFile(settings, run));
    await withRoom(run, 'DRYDOCK_RUN', () => writeFileSync(written[0]!, `${process.pid}\n`));
    say(`listening at ${addresses.map(addressText).join(', ')}`);
    options.onReady?.();
    say(`ends: ${await untilTold({ ...options, live, engine, api, paths })}`);
  } finally {
    // Streams may go on for ever: they are cut, and whoever follows one sees that the engine has gone.
    for (const server of servers) server.close().closeAllConnections();
    for (const path of [...paths, ...paths.map(aside), ...written]) rmSync(path, { force: true });
  }
}

interface AtWork extends DaemonOptions {
  /** The signal that ends it. */
  readonly told: Promise<string>;
  readonly live: Live;
  readonly engine: Engine;
  readonly api: Api;
  readonly paths: readonly string[];
}

/** Until a signal, or until nobody needs it: the reason. */
async function untilTold({ told, live, engine, api, paths, idleMs, reread, say }: AtWork): Promise<string> {
  const reload = async (): Promise<void> => {
    try {
      const changed = live.reload(await reread());
      engine.events.emit('daemon', 'reload', '', Object.fromEntries(changed.map((name) => [name, 'changed'])));
      say(`configuration read anew: ${changed.join(', ') || 'nothing that can change while it runs'}`);
    } catch (error) {
      say(`configuration left as it is: ${tellMistake(error)}`);
    }
  };
  const onHangUp = (): void => void reload();
  const leaving = new AbortController();
  const reasons = [told];
  process.on('SIGHUP', onHangUp);
  if (idleMs !== undefined) reasons.push(idle({ engine, api, paths, idleMs, signal: leaving.signal }));
  try {
    return await Promise.race(reasons);
  } finally {
    leaving.abort();
    process.off('SIGHUP', onHangUp);
  }
}

/** Whether it could listen where the settings say. Throws what its start would throw, BAD_USAGE or ENGINE. */
export function checkAddresses(settings: Settings, run: string): void {
  const { tls } = listenOptions(settings);
  for (const address of addressesOf(settings, run)) keysFor(address, tls);
}

function addressesOf({ host = [], tls, tlsverify }: Settings, run: string): Address[] {
  const path = join(run, SOCKET);
  const wanted = host.length > 0 ? host : ['unix://'];
  return wanted.map((text) => parseAddress(text, { path, isTls: Boolean(tls ?? tlsverify) }));
}

/** Docker's names of the files in /etc/drydock, where nobody says others. */
function listenOptions({ group, tls, tlsverify, tlscert, tlskey, tlscacert }: Settings): {
  group?: string;
  tls?: TlsOptions;
} {
  if (!tls && !tlsverify) return { group };
  const usual = (name: string): string => join('/etc/drydock', name);
  return {
    group,
    tls: {
      certificate: tlscert ?? usual('cert.pem'),
      key: tlskey ?? usual('key.pem'),
      ...(tlsverify && { authority: tlscacert ?? usual('ca.pem') }),
    },
  };
}

const pidFile = ({ pidfile }: Settings, run: string): string => pidfile ?? join(run, 'drydock.pid');

function tellMistake(error: unknown): string {
  if (error instanceof DrydockError && error.code !== 'INTERNAL')
    return [error.message, error.hint].filter(Boolean).join('; ');
  return (error as Error).stack ?? String(error);
}
