/** What is printed about a verb of Docker's: its help, and what is wrong with a command line. */
import { table, wrap } from '../output.ts';
import type { Command } from './command.ts';
import type { Flag } from './flags.ts';

const WIDTH = 80;

/** `drydock ps --help`. */
export function helpText({ usage, about, flags, notes, examples = [] }: Command, path: string): string {
  const visible = Object.entries(flags).filter(([, flag]) => !flag.isHidden);
  const options = visible.length === 0 ? [] : ['', 'Options:', optionTable(visible)];
  const shown = table(examples.map(([line, what]) => [`  drydock ${line}`, what]));
  const last = examples.length === 0 ? [] : ['', 'Examples:', shown];
  const lines = [usageLine(usage, path), '', ...wrap(about, WIDTH), ...(notes ? ['', notes] : []), ...options, ...last];
  return `${lines.join('\n')}\n`;
}

/** `Usage:  drydock ps [OPTIONS]`. */
export function usageLine(usage: string, path: string): string {
  const [first = '', ...others] = usage.split('\n');
  return [`Usage:  ${path} ${first}`.trimEnd(), ...others.map((other) => `\t${path} ${other}`)].join('\n');
}

/** Rows of names on the left and what they mean on the right. */
export function optionTable(flags: readonly (readonly [string, Flag<unknown>])[]): string {
  const left = flags.map(([name, flag]) => nameOf(name, flag));
  const width = Math.max(...left.map((name) => name.length)) + 3;
  return flags.map(([, flag], i) => row(left[i]!, meaning(flag), width)).join('\n');
}

function nameOf(name: string, { short, kind }: Flag<unknown>): string {
  return `  ${short ? `-${short}, ` : '    '}--${name}${kind && ` ${kind}`}`;
}

function meaning({ about, fallback }: Flag<unknown>): string {
  const isTold = fallback === true || (typeof fallback === 'string' && fallback !== '');
  return isTold ? `${about} [${String(fallback)}]` : about;
}

function row(left: string, right: string, width: number): string {
  const gap = ' '.repeat(width);
  return wrap(right, Math.max(WIDTH - width, 20))
    .map((line, i) => (i === 0 ? left.padEnd(width) : gap) + line)
    .join('\n');
}

/** Verbs with what they are for. */
export function verbTable(verbs: readonly { readonly name: string; readonly summary: string }[]): string {
  return table(verbs.map(({ name, summary }) => [`  ${name}`, summary]));
}

/** What is wrong with so many words, in Docker's sentences. */
export function wordsComplaint({ usage, words: [least, most] }: Command, path: string): string {
  const noun = (n: number): string => `${n} argument${n === 1 ? '' : 's'}`;
  const tail = (look: string): string =>
    `\n\n${usageLine(usage, path)}\n\n${look} '${path} --help' for more information`;
  const complaint = `drydock: '${path}'`;
  if (most === 0) return `${complaint} accepts no arguments${tail('Run')}`;
  if (least === most) return `${complaint} requires ${noun(least)}${tail('Run')}`;
  if (most === Infinity) return `${complaint} requires at least ${noun(least)}${tail('See')}`;
  if (least === 0) return `${complaint} requires at most ${noun(most)}${tail('Run')}`;
  return `${complaint} requires at least ${least} and at most ${noun(most)}${tail('Run')}`;
}
