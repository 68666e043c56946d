/**
 * A hijacked connection and our terminal: what is typed goes in, what the process writes comes out, until one side has
 * had enough.
 *
 *     our input  ───────────▶  socket         its end closes our direction only: `echo x | drydock run -i lab cat`
 *     our output ◀───────────  socket         its end is the end
 *
 * With a terminal inside, ours becomes raw, so that every key reaches the program; then the detach keys are the one
 * thing that stays here. Invariant: our terminal is as it was, whatever happens.
 */
import type { Duplex } from 'node:stream';
import { demultiplex } from '../../client/frames.ts';
import { Escape, keysOf } from './detach-keys.ts';
import { isTerminal } from '../terminal.ts';
import { print, warn } from './print.ts';

export interface Relay {
  /** Whether our input goes in. */
  readonly input: boolean;
  /** Whether there is a terminal inside: bytes come as they are, and nobody tells its two outputs apart. */
  readonly tty: boolean;
  /** As typed: `ctrl-p,ctrl-q`; empty for the usual ones. */
  readonly detachKeys?: string;
}

/** What ended it: the process's output, or somebody who typed the detach keys. */
export type Ended = 'output' | 'detached';

export async function relay(socket: Duplex, { input, tty, detachKeys }: Relay): Promise<Ended> {
  const isRaw = input && tty && isTerminal(0);
  if (isRaw) process.stdin.setRawMode(true);
  const typing = input ? type(socket, tty ? new Escape(keysOf(detachKeys)) : undefined) : Promise.resolve(undefined);
  if (!input) socket.end();
  try {
    return await Promise.race([
      show(socket, tty),
      typing.then((detached) => detached ?? new Promise<never>(() => undefined)),
    ]);
  } finally {
    if (isRaw) process.stdin.setRawMode(false);
    if (input) process.stdin.destroy();
    socket.destroy();
  }
}

/** Until the engine has no more to say. */
async function show(socket: Duplex, tty: boolean): Promise<Ended> {
  if (tty) for await (const bytes of socket) print(bytes as Buffer);
  else await showFrames(socket);
  return 'output';
}

/** Framed output, to our two streams. */
export async function showFrames(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const { stream: which, bytes } of demultiplex(stream as AsyncIterable<Buffer>))
    if (which === 2) warn(bytes);
    else print(bytes);
}

/** Until our input ends, which is nobody's end, or the detach keys were typed. */
async function type(socket: Duplex, escape: Escape | undefined): Promise<Ended | undefined> {
  socket.on('error', () => undefined); // whoever reads the other direction hears of it
  for await (const bytes of process.stdin) {
    const { out, isOver } = escape ? escape.take(bytes as Buffer) : { out: bytes as Buffer, isOver: false };
    if (out.length > 0 && socket.writable && !socket.write(out)) await drained(socket);
    if (isOver) return 'detached';
  }
  socket.end();
  return undefined;
}

const drained = (socket: Duplex): Promise<void> =>
  new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', resolve);
  });
