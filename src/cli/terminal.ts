/**
 * Whether a descriptor is a terminal, and how large.
 *
 * The kernel is asked directly: node:tty would bring node:net and the streams with it, which a start that prints nothing
 * itself does not need.
 */
import { isSyscallError } from '../linux/calls.ts';
import { native } from '../linux/native.ts';

export interface Size {
  rows: number;
  columns: number;
}

/** The size of the terminal behind a descriptor; undefined when it is none (or is not open). */
export function sizeOf(fd: number): Size | undefined {
  try {
    const { rows, cols } = native.getWinsize(fd);
    return { rows, columns: cols };
  } catch (error) {
    // ENOTTY is the answer for everything else; a descriptor that is closed is no terminal either.
    if (isSyscallError(error)) return undefined;
    throw error;
  }
}

export function isTerminal(fd: number): boolean {
  return sizeOf(fd) !== undefined;
}
