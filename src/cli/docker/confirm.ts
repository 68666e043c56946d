/** Docker's question before much is removed; anything but yes is no. */
import { createInterface } from 'node:readline';
import { isTerminal } from '../terminal.ts';
import { print, warn } from './print.ts';

/**
 * As with Docker, an input that has ended is a no, and no failure (docker/cli, internal/prompt/prompt.go, Confirm). Where
 * nobody could have typed anything, that would look like success, so it is said.
 */
export async function agrees(warning: string): Promise<boolean> {
  print(`${warning}\nAre you sure you want to continue? [y/N] `);
  const answer = await firstLine();
  if (answer === undefined && !isTerminal(0))
    warn('\nnothing was removed: standard input has no answer to this; -f removes without asking\n');
  return answer?.trim().toLowerCase() === 'y';
}

/** Undefined: the input has ended. */
async function firstLine(): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line;
    return undefined;
  } finally {
    lines.close();
    process.stdin.unref?.();
  }
}
