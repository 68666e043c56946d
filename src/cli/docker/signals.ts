/** Signals that reach us are passed on to the container, and the size of our terminal follows its window. */
import type { Client } from '../../client/client.ts';
import { constants } from 'node:os';
import { isTerminal } from '../terminal.ts';

/** Those that a process cannot catch, and those that are about our own life. */
const ours = [
  'SIGKILL',
  'SIGSTOP',
  'SIGCHLD',
  'SIGPIPE',
  'SIGURG',
  'SIGPROF',
  'SIGSEGV',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGABRT',
  'SIGIOT',
  'SIGTRAP',
  'SIGSYS',
  'SIGPOLL',
  'SIGIO',
  'SIGSTKFLT',
  'SIGUNUSED',
];

/** Passes signals on until the returned function is called. */
export function forwardSignals(client: Client, id: string): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    const query = { signal: signal.replace(/^SIG/, '') };
    // A container that has just ended cannot take it, and needs it no more.
    client.done('POST', `/containers/${id}/kill`, { query }).catch(() => undefined);
  };
  const signals = (Object.keys(constants.signals) as NodeJS.Signals[]).filter((name) => !ours.includes(name));
  for (const signal of signals) process.on(signal, forward);
  return () => signals.forEach((signal) => process.off(signal, forward));
}

/** Gives a terminal inside the size of ours, now and whenever it changes. `path` is that of the resize request. */
export async function followSize(client: Client, path: string): Promise<() => void> {
  if (!isTerminal(1)) return () => undefined;
  const resize = async (): Promise<void> => {
    const [w, h] = process.stdout.getWindowSize();
    if (w === 0 || h === 0) return;
    // What has ended has no size any more.
    await client.done('POST', path, { query: { h, w } }).catch(() => undefined);
  };
  const changed = (): void => void resize();
  process.on('SIGWINCH', changed);
  await resize();
  return () => void process.off('SIGWINCH', changed);
}
