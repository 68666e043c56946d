/** Signals that reach us are passed on to the container, and the size of our terminal follows its window. */
import type { Client } from '../../client/client.ts';
import { constants } from 'node:os';
import { sizeOf } from '../terminal.ts';

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

/** So many requests to end, and we do, whatever the container makes of them: as Docker's client, and with its words. */
const PATIENCE = 3;

/** Passes signals on until the returned function is called. */
export function forwardSignals(client: Client, id: string): () => void {
  let requests = 0;
  const forward = (signal: NodeJS.Signals): void => {
    if ((signal === 'SIGINT' || signal === 'SIGTERM') && ++requests === PATIENCE) {
      process.stderr.write(`\ngot ${PATIENCE} SIGTERM/SIGINTs, forcefully exiting\n`);
      process.exit(1);
    }
    const query = { signal: signal.replace(/^SIG/, '') };
    // A container that has just ended cannot take it, and needs it no more.
    client.done('POST', `/containers/${id}/kill`, { query }).catch(() => undefined);
  };
  const signals = (Object.keys(constants.signals) as NodeJS.Signals[]).filter((name) => !ours.includes(name));
  for (const signal of signals) process.on(signal, forward);
  return () => signals.forEach((signal) => process.off(signal, forward));
}

/** Rows and columns of our terminal, as the engine wants them; undefined without one, or for one that was told no size. */
export function consoleSize(): [rows: number, columns: number] | undefined {
  const { rows, columns } = sizeOf(1) ?? { rows: 0, columns: 0 };
  return rows > 0 && columns > 0 ? [rows, columns] : undefined;
}

/**
 * Gives a terminal inside the size of ours, now and whenever it changes. `path` is that of the resize request.
 *
 * The kernel is asked each time: process.stdout looks at its size in a handler of the same signal, which may come after
 * ours. One request goes after the other, so that the last size is the one that stays.
 */
export async function followSize(client: Client, path: string): Promise<() => void> {
  if (sizeOf(1) === undefined) return () => undefined;
  const resize = async (): Promise<void> => {
    const [h, w] = consoleSize() ?? [];
    if (h === undefined) return;
    // What has ended has no size any more.
    await client.done('POST', path, { query: { h, w } }).catch(() => undefined);
  };
  let last = resize();
  const changed = (): void => void (last = last.then(resize));
  process.on('SIGWINCH', changed);
  await last;
  return () => void process.off('SIGWINCH', changed);
}
