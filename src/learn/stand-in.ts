/**
 * A stand-in for the host: a process in namespaces of its own, which a container takes for the machine's.
 *
 * Some mistakes change the machine that a container runs on: its mounts, its name. A lesson wants to see that happen,
 * and nothing may happen to the machine. So the container's process enters the namespaces of the stand-in before it is
 * cloned into its own, and whatever leaks out of those ends there.
 *
 *     we                        holder                                 container
 *       standIn()  ─────────▶   waits
 *       prepare    ─────────▶   unshare, mount --make-rshared /
 *       spawn      ───────────────────────────────────────────────▶   setns(the holder's), clone(its own)
 *
 * The holder unshares late, so that it has the mounts which were prepared for the container. Its mounts are shared, as
 * systemd makes those of a machine, with whoever is cloned from it and with nobody else. It ends when its standard
 * input does: with us, however we end.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { DrydockError } from '../errors.ts';
import { readMountinfo, type Mount } from '../linux/mountinfo.ts';
import type { Isolator } from '../runtime/isolator.ts';
import { procName } from '../runtime/namespaces.ts';

/** What a container that is too close to its machine can change. */
export type StandInType = 'mount' | 'uts' | 'ipc';

export interface StandIn {
  /** The process that holds its namespaces. */
  readonly pid: number;
  /** To be put in front of a stack. */
  readonly isolator: Isolator;
  /** The mounts that the first container found. */
  before(): readonly Mount[];
  /** Its mounts now; once the container has been removed, or was never made, those at that moment. */
  mounts(): readonly Mount[];
  /** What a shell command writes there, to both outputs. */
  sh(command: string): string;
  /** Ends it; idempotent. */
  close(): Promise<void>;
}

/** Starts one. It must be closed, also when no container was made. */
export async function standIn(...types: readonly StandInType[]): Promise<StandIn> {
  const holder = await startHolder(types);
  const pid = holder.pid!;
  const ended = new Promise<void>((resolve) => holder.on('close', () => resolve()));
  let isReady: Promise<void> | undefined;
  let before: readonly Mount[] | undefined;
  let last: readonly Mount[] | undefined;
  const keep = (): void => {
    const isThere = holder.exitCode === null && holder.signalCode === null;
    last ??= isThere ? readMountinfo(pid) : [];
  };
  const isolator: Isolator = {
    name: 'stand-in',
    summary: 'namespaces that it takes for the machine’s',
    claim: () => null,
    // An exec, too, comes from the machine: what the container shares with that, it shares with the stand-in.
    namespaces: () => types.map((type) => ({ type, how: 'join', path: `/proc/${pid}/ns/${procName[type]}` })),
    async prepare() {
      await (isReady ??= ready(holder));
      before ??= readMountinfo(pid);
    },
    // What lies below the container's folder goes with it: a directory that is removed takes the mounts on it along,
    // in every mount namespace (Linux 3.18).
    release: keep,
  };
  return {
    pid,
    isolator,
    before: () => before ?? [],
    mounts: () => last ?? readMountinfo(pid),
    sh(command) {
      const ran = spawnSync('nsenter', ['--target', String(pid), ...flags(types), 'sh', '-c', command], {
        encoding: 'utf8',
      });
      return ran.stdout + ran.stderr;
    },
    async close() {
      keep();
      holder.stdin!.end();
      await ended;
    },
  };
}

const flags = (types: readonly StandInType[]): string[] => types.map((type) => `--${type}`);

function startHolder(types: readonly StandInType[]): Promise<ChildProcess> {
  const hasMounts = types.includes('mount');
  const unshare = ['unshare', ...flags(types), ...(hasMounts ? ['--propagation private'] : [])].join(' ');
  const inside = `${hasMounts ? 'mount --make-rshared / && ' : ''}echo ready && exec cat`;
  const holder = spawn('sh', ['-c', `read -r go && exec ${unshare} sh -c '${inside}'`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    holder.on('spawn', () => resolve(holder));
    holder.on('error', reject);
  });
}

/** Lets the holder unshare, and resolves when it has. */
function ready(holder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    holder.stdout!.once('data', () => resolve());
    holder.once('close', () =>
      reject(
        new DrydockError('UNSUPPORTED', 'no namespaces can be made for a stand-in of the host', {
          hint: 'unshare(1) from util-linux has said why, above',
        }),
      ),
    );
    holder.stdin!.write('\n');
  });
}
