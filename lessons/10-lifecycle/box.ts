/**
 * A container for looking at its life: created and not started, in a bundle whose root file system is the lab itself.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import type { Runtime } from '../../src/learn/rebuilt.ts';
import { features } from '../../src/linux/features.ts';
import type { Container } from '../../src/runtime/container.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import * as ours from '../../src/runtime/index.ts';
import { stateDir } from '../../src/runtime/state.ts';

export interface Box {
  readonly id: string;
  readonly run: string;
  /** Its folder below `run`. */
  readonly dir: string;
  readonly container: Container;
}

export interface BoxOptions {
  readonly args?: readonly string[];
  /** Below a shim that stays, with or without a terminal of its own. */
  readonly supervise?: boolean;
  readonly terminal?: boolean;
}

/** Folder of these containers' states: apart, so that nobody's are mistaken for them. */
export function runFolder(): string {
  const run = join(process.env.DRYDOCK_RUN ?? '/run/drydock', 'lifecycle');
  mkdirSync(run, { recursive: true, mode: 0o700 });
  return run;
}

/** Creates one, lets `use` do with it what it wants, and removes what is left of it: by our own runtime, whatever the other one believes. */
export async function withBox<T>(
  { create }: Pick<Runtime, 'create'>,
  { args = ['sleep', '1000'], supervise, terminal }: BoxOptions,
  use: (box: Box) => Promise<T>,
): Promise<T> {
  const run = runFolder();
  const id = `box-${randomBytes(4).toString('hex')}`;
  const root = await labRoot(process.env.DRYDOCK_ROOT ?? '/var/lib/drydock');
  const spec = { ...defaultSpec({ args, root, terminal }, features()), root: { path: root, readonly: true } };
  const nothing = openSync('/dev/null', 'r+');
  try {
    const container = await create({ id, spec, bundle: run, run, supervise, stdio: [nothing, nothing, nothing] });
    let isOver = false;
    const ended = container.wait().finally(() => (isOver = true));
    try {
      return await use({ id, run, dir: stateDir(run, id), container: { ...container, wait: () => ended } });
    } finally {
      await ours.remove(run, id, { force: true });
      if (!isOver) endNow(container.pid);
      await ended;
    }
  } finally {
    closeSync(nothing);
  }
}

/** A runtime that took it for dead has forgotten it alive. */
function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The descriptors of a process that lead to a path, with how they were opened (fdinfo; O_* in octal). */
export function descriptorsTo(pid: number | 'self', path: string): { fd: number; flags: number }[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      if (readlinkSync(`/proc/${pid}/fd/${name}`) !== path) return [];
      const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${name}`, 'utf8')) ?? [];
      return [{ fd: Number(name), flags: parseInt(flags, 8) }];
    } catch (error) {
      // The descriptor that reads the folder is gone already.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return [];
    }
  });
}

/** How long a start may take that takes milliseconds: other people's machines are busy. */
export const PATIENCE_MS = 3000;

/** Brings a container into a state, by our own runtime. */
export const reach: Record<'created' | 'running' | 'paused' | 'stopped', (box: Box) => Promise<void>> = {
  created: () => Promise.resolve(),
  running: ({ run, id }) => ours.start(run, id),
  async paused(box) {
    await reach.running(box);
    await ours.pause(box.run, box.id);
  },
  async stopped({ container }) {
    process.kill(container.pid, 'SIGKILL');
    await container.wait();
  },
};
