/**
 * Variables that an instruction would like to have and that only an ARG before the first FROM names. Inside a stage nobody sees
 * those (https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact), and what is expanded is nothing,
 * without a word: so a word is said.
 *
 * What a shell makes of its text is not known here. Where it may well give the variable a value itself, or says what is to
 * be there without one (`${X:-word}`), nothing is said.
 */
import type { Dockerfile, Instruction, Variables } from './dockerfile/index.ts';

/** Longer texts are seldom written by people. */
const longest = 1 << 16;

const globals = new WeakMap<Dockerfile, ReadonlySet<string>>();

/** What the ARGs before the first FROM name. Looked for once: a file may have many of them, and many instructions. */
export function globalsOf(dockerfile: Dockerfile): ReadonlySet<string> {
  const known = globals.get(dockerfile) ?? new Set(dockerfile.args.flatMap(({ args }) => args.map(({ name }) => name)));
  globals.set(dockerfile, known);
  return known;
}

/** In the order in which they are first used. */
export function unseenIn(instruction: Instruction, variables: Variables, global: ReadonlySet<string>): string[] {
  if (global.size === 0) return [];
  const text = textOf(instruction).slice(0, longest);
  const own = instruction.kind === 'run' ? namedIn(text, instruction.mounts) : new Set<string>();
  // A file that the shell reads, or text that it makes, can set any.
  if (instruction.kind === 'run' && readsMore.test(text)) return [];
  const used = [
    ...unquoted(instruction.kind === 'run' ? beforeNested(text) : text).matchAll(
      /(?<!\$)\$(?:([A-Za-z_]\w*)|\{#?([A-Za-z_]\w*)(?!\w|:?[-+=]))/g,
    ),
  ];
  const names = new Set(used.map(([, bare, braced]) => (bare ?? braced)!));
  return [...names].filter((name) => global.has(name) && !own.has(name) && variables.get(name) === undefined);
}

/** The text in which variables count while the image is built: those of CMD and its like are for the container. */
function textOf(instruction: Instruction): string {
  switch (instruction.kind) {
    case 'run': {
      const { command, heredocs } = instruction;
      if (command.form !== 'shell') return '';
      // Of `<<'END'` the shell expands nothing, unless it is what the shell is given.
      const literal = heredocs.filter(({ expands, content }) => !expands && content !== command.text && content !== '');
      return literal.reduce((text, { content }) => text.replace(content, () => ''), command.text);
    }
    case 'cmd':
    case 'entrypoint':
    case 'healthcheck':
    case 'maintainer':
    case 'onbuild':
    case 'shell':
      return '';
    case 'label':
      return instruction.isLiteral ? '' : instruction.original;
    default:
      return instruction.original;
  }
}

/** Up to the text of a `<<'END'` that the shell meets itself: which of the lines below it expands is not known. */
function beforeNested(text: string): string {
  const nested = text.search(/<<-?[ \t]*['"\\]/);
  const end = nested < 0 ? -1 : text.indexOf('\n', nested);
  return end < 0 ? text : text.slice(0, end);
}

/**
 * Without what stands in single quotes, also in a command inside of double ones, and without escaped characters
 * and comments.
 */
function unquoted(text: string): string {
  return text.replace(/\\.|(?<![^\s;&|(])#[^\n]*|'[^']*'|"(?:\\.|[^"\\])*"/gs, (part) =>
    part.startsWith('"')
      ? part.replace(/\\./gs, '').replace(/\$\([^)]*|`[^`]*/g, (command) => command.replace(/'[^']*'/g, ''))
      : '',
  );
}

/** `. FILE`, `source FILE` and `eval TEXT`, where a command begins. */
const readsMore = /(?:^|[;&|({!\n]|\b(?:then|do|else|if)\b)[ \t]*(?:\.|source|eval)[ \t]/;
const listing =
  /\b(?:for|select|read|readarray|mapfile|getopts|export|readonly|declare|typeset|local|unset|printf -v)\b([^;&|\n]*)/g;
/** A container has these anyway, and its shell. */
const anyway = ['HOME', 'HOSTNAME', 'PWD', 'OLDPWD'];

/**
 * Names that a shell's text gives values to itself: `X=1` and `X=${X:-1}`, but not `make X=$X`; `${X:=1}`, `X++`; `for X in`,
 * `read X`; a secret as a variable.
 */
function namedIn(text: string, mounts: readonly { readonly env?: string }[]): Set<string> {
  const assigned = [...text.matchAll(/\b([A-Za-z_]\w*)\+?=(?!["']?\$\{?\1\b(?!:?[-=]))/g)].map(([, name]) => name!);
  const given = [...text.matchAll(/\$\{([A-Za-z_]\w*):?=|\b([A-Za-z_]\w*)(?:\+\+|--)/g)].map(([, a, b]) => (a ?? b)!);
  const lists = [...text.matchAll(listing)].map(([, words]) => words!);
  const listed = lists.flatMap((words) => words.match(/(?<![$\w{])[A-Za-z_]\w*/g) ?? []);
  return new Set([...anyway, ...assigned, ...given, ...listed, ...mounts.flatMap(({ env }) => env ?? [])]);
}
