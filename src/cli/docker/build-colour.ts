/**
 * The colour that engines put around what a program of a build says on its standard error: it is for people at terminals.
 * Who has set NO_COLOR (no-color.org) wants none. A program's own colours are its own.
 */
import { isTerminal } from '../terminal.ts';

// Docker's builder: pkg/streamformatter/streamformatter.go, stderrFormatter.
// eslint-disable-next-line no-control-regex
const coloured = /^\x1b\[91m([^]*)\x1b\[0m$/;

/** A text of the stream, as whoever reads this descriptor wants it. */
export const withColourFor = (fd: 1 | 2, text: string): string =>
  isTerminal(fd) && !process.env.NO_COLOR && process.env.TERM !== 'dumb' ? text : text.replace(coloured, '$1');
