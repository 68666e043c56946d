/**
 * A container that is built, as somebody sees it who looks on: what each step is, the line that asks for it, the page
 * that explains it, and what has become different in the kernel since the last look. `--step` shows it, `--trace --json`
 * writes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from '../../linux/native.ts';
import type { Step } from '../../runtime/plan.ts';
import type { OuterStep } from '../../runtime/spawn.ts';
import { vocabulary } from '../../runtime/steps.ts';
import { changes, readFacts, type Change, type Facts } from './facts.ts';
import { outerFacts } from './outer.ts';
import { stepFacts, type StepFacts } from './plan-text.ts';

export interface Observed extends StepFacts {
  /** The manual page of the call. */
  readonly manual: string;
  /** The text of the line that recorded it; absent where the source is not at hand. */
  readonly source?: string;
}

/** What there is to know about a step before it is taken. */
export function observed(step: Step | OuterStep): Observed {
  const facts = 'phase' in step ? stepFacts(step) : outerFacts(step);
  const source = 'phase' in step ? sourceLine(step.at.place) : undefined;
  return { ...facts, manual: manualOf(step.call), ...(source !== undefined && { source }) };
}

/** Remembers what the kernel said last. */
export class Observer {
  private facts: Facts = readFacts('self');

  /** The clone copies us as we are now: what the child has different is the clone's doing. */
  atBirth(): void {
    this.facts = readFacts('self');
  }

  /** What is different since the last look. */
  look(pid: number): Change[] {
    const now = readFacts(pid);
    const found = changes(this.facts, now);
    this.facts = now;
    return found;
  }
}

function manualOf(call: string): string {
  return Object.hasOwn(vocabulary, call) ? vocabulary[call as keyof typeof vocabulary].manual : `${call}(2)`;
}

/** The text of `file:line` in the project; undefined when it cannot be read. */
function sourceLine(place: string): string | undefined {
  const [, file, line] = /^(.*):(\d+)$/.exec(place) ?? [];
  if (!file) return undefined;
  try {
    const path = file.startsWith('/') ? file : join(projectHome(), file);
    return readFileSync(path, 'utf8').split('\n')[Number(line) - 1]?.trim();
  } catch {
    return undefined; // A bundle without its sources.
  }
}
