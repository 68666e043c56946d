/** The two daemons that are measured, each with folders and a socket of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectHome } from '../../src/linux/native.ts';
import { engineProgram } from '../../src/start/on-demand.ts';
import { onOwnDisk } from './disk.ts';

export type Words = readonly string[];

export interface Daemon {
  readonly pid: number;
  readonly socket: string;
  /** The command line that drives it. */
  readonly client: Words;
  readonly env: NodeJS.ProcessEnv;
  end(): Promise<void>;
}

/** Nothing of the caller’s: certificates that Node is told to load, for one, take longer than a command does. */
export const plainEnvironment = { PATH: process.env.PATH, HOME: process.env.HOME };
const program = [process.execPath, join(projectHome(), 'dist/drydock.cjs')];

/** `options`: of the daemon. */
export function startDrydock(folder: string, options: Words = [], ownDisk = false): Promise<Daemon> {
  const own = { DRYDOCK_ROOT: join(folder, 'root'), DRYDOCK_RUN: join(folder, 'run'), DRYDOCK_HOME: projectHome() };
  const server = [process.execPath, ...engineProgram(), ...options];
  return started({ server, client: program, ownDisk }, folder, { ...plainEnvironment, ...own });
}

/** `network`: options; none by default. */
export function startDockerd(folder: string, network: Words = ['--bridge=none'], ownDisk = false): Promise<Daemon> {
  const places = ['--data-root', join(folder, 'root'), '--exec-root', join(folder, 'exec')];
  const quiet = ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
  const words = [...places, '--pidfile', join(folder, 'pid'), ...quiet, ...network, '--storage-driver', 'overlay2'];
  return started({ server: ['dockerd', ...words], client: ['docker'], ownDisk }, folder, plainEnvironment);
}

async function started(
  { server, client, ownDisk = false }: { server: Words; client: Words; ownDisk?: boolean },
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Daemon> {
  const socket = join(folder, 's');
  const [command, ...words] = [...(ownDisk ? onOwnDisk(folder, server) : server), '-H', `unix://${socket}`];
  const child = spawn(command, words, { stdio: 'ignore', env });
  const ended = once(child, 'exit');
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`${server.join(' ')} ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    ...{ pid: child.pid!, socket, client: [...client, '-H', `unix://${socket}`], env },
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Begins anew to look for the most memory that a process has at a time (clear_refs in proc(5)). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** VmHWM, in kibibytes. */
export function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}
