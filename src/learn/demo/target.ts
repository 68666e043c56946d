/** Containers and processes of ours for a scene or an attack, and their end. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Stage } from '../stage.ts';
import type { Outsider } from './demo.ts';
import type { Target } from '../attack.ts';

/** A target on a stage; the stage ends the containers, `tidy` the processes beside them. */
export function targetOn(stage: Stage): Target & { tidy(): void } {
  const outsiders: Outsiders = [];
  return {
    container: (options) => stage.run(options),
    outsider: ([program = '', ...args]) => startOutsider(program, args, outsiders),
    tidy: () => endAll(outsiders),
  };
}

/** Processes of ours, for whoever ends them. */
export type Outsiders = ChildProcess[];

/** Starts a process that somebody else ends with `endAll`. */
export function startOutsider(program: string, args: readonly string[], outsiders: Outsiders): Promise<Outsider> {
  const child = spawn(program, args, { stdio: 'ignore' });
  outsiders.push(child);
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    child.on('spawn', () => resolve({ pid: child.pid!, ended }));
    child.on('error', reject);
  });
}

/** Ends those that still run. */
export function endAll(outsiders: Outsiders): void {
  for (const one of outsiders.splice(0)) if (one.exitCode === null && one.signalCode === null) one.kill('SIGKILL');
}
