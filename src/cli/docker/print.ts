/** Where verbs write, and whether somebody watches. */
import { isatty } from 'node:tty';

export const print = (text: string | Uint8Array): void => void process.stdout.write(text);
export const warn = (text: string | Uint8Array): void => void process.stderr.write(text);

export const isTerminal = (fd: number): boolean => isatty(fd);
