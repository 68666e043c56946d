/**
 * From a Dockerfile's text to instructions.
 *
 *     dockerfile.ts      what a Dockerfile says, as types: read this first
 *     parse.ts           stages of instructions, out of
 *       lines.ts           rows that are joined to lines (directives.ts)
 *       statement.ts       a line as a name, flags and a rest (words.ts, heredocs.ts)
 *       instructions.ts    what each name makes of the rest (copying.ts, run.ts, mount.ts, command.ts, healthcheck.ts)
 *     expand.ts          what becomes of a word (substitute.ts), and of an instruction (expand-instruction.ts)
 *     ignore.ts          .dockerignore (glob.ts, pattern.ts)
 *     wrong.ts           what is told about the rest
 */
export type * from './dockerfile.ts';
export { expandInstruction } from './expand-instruction.ts';
export { expand, expandWords, type Variables } from './expand.ts';
export { ignoring, parseIgnore, type Ignore } from './ignore.ts';
export { parseDockerfile, parseTrigger } from './parse.ts';
