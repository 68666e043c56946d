/**
 * The plan on paper: what `--explain` prints. One step is
 *
 *     names    uts      sethostname("3f2a91c07b1e")
 *                       what `hostname` answers inside                 isolators/uts.ts:11
 *
 * or one line where the terminal is wide enough for all of it.
 */
import { cloneFlag } from '../../runtime/namespaces.ts';
import type { Composition } from '../../runtime/compose.ts';
import type { Step } from '../../runtime/plan.ts';
import { callText, cloneFlagText } from '../call-text.ts';
import { wrap, type Look } from '../output.ts';

/** A step as data, for --json. */
export interface StepFacts {
  phase: string;
  isolator: string;
  call: string;
  because: string;
  at: string;
}

/** What is printed of a step. The clone is no step of the child, but the one that makes it. */
export function stepFacts(step: Step): StepFacts {
  const { phase, isolator, call, args, because, into, at } = step;
  return {
    phase,
    isolator,
    call: callText(call, args) + (into ? ` -> ${into}` : ''),
    because,
    at: shortPlace(at.place),
  };
}

/** The first line of every plan: which namespaces the process is born into. */
export function birthFacts({ namespaces }: Composition): StepFacts {
  const made = namespaces.filter(({ how }) => how === 'clone');
  const flags = made.reduce((sum, { type }) => sum | cloneFlag[type], 0);
  const because = made.length ? `born with its own ${made.map(({ type }) => type).join(', ')}` : 'born like any other';
  return { phase: 'born', isolator: 'container', call: `clone(${flags ? cloneFlagText(flags) : ''})`, because, at: '' };
}

/** `isolators/uts.ts:11` for what lies in the runtime; other places stay whole. */
export function shortPlace(place: string): string {
  return place.replace(/^src\/runtime\//, '');
}

/** Columns of `--explain`: a phase, an isolator, then the call. */
const PHASE = 13;
const ISOLATOR = 10;
const INDENT = PHASE + ISOLATOR;
/** From here on everything of a step stands in one line. */
const WIDE = 150;

/** One step as text. */
export function stepText({ phase, isolator, call, because, at }: StepFacts, { columns, style }: Look): string {
  const head = `${style.dim(phase.padEnd(PHASE))}${style.cyan(isolator.padEnd(ISOLATOR - 1))} `;
  if (columns >= WIDE) return `${head}${call.padEnd(70)} ${because.padEnd(columns - 120)} ${style.dim(at)}`;
  const width = Math.min(columns, 80) - INDENT;
  const [first = '', ...more] = broken(call, width, width - Math.max(isolator.length + 1 - ISOLATOR, 0));
  const lines = [head + first, ...more.map((line) => ' '.repeat(INDENT + 2) + line)];
  const reasons = wrap(because, width);
  const last = reasons.pop() ?? '';
  lines.push(...reasons.map((line) => ' '.repeat(INDENT) + line));
  const room = width - last.length - at.length;
  if (room > 0 || at === '') lines.push(`${' '.repeat(INDENT)}${last}${' '.repeat(Math.max(room, 0))}${style.dim(at)}`);
  else lines.push(' '.repeat(INDENT) + last, ' '.repeat(INDENT + Math.max(width - at.length, 0)) + style.dim(at));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** A call in lines of at most `width`, broken after a comma or a bar, else hard: paths have neither to break at. */
function broken(call: string, width: number, first: number): string[] {
  const lines: string[] = [];
  let rest = call;
  for (let room = first; rest.length > room; room = width - 2) {
    const comma = rest.lastIndexOf(', ', room - 1);
    const bar = rest.lastIndexOf('|', room - 1);
    const end = comma > 0 ? comma + 2 : bar > 0 ? bar + 1 : room;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end);
  }
  return [...lines, rest];
}

/** The whole plan. */
export function planText(composition: Composition, look: Look): string {
  const steps = [birthFacts(composition), ...composition.steps.map(stepFacts)];
  return `${steps.map((step) => stepText(step, look)).join('\n')}\n`;
}
