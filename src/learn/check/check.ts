/**
 * A check: one fact that the kernel has to confirm, as a sentence, and what to say when it does not.
 *
 *     check('the container has its own PID namespace', { slot, see, hint: (facts) => […] }, async (t) => {
 *       const container = await t.run({ args: ['sleep', '1000'] });
 *       const ns = t.fact('namespace', namespaceOf(container.pid, 'pid'));
 *       t.must(ns !== namespaceOf('self', 'pid'), { did: …, kernel: `…`, wanted: '…' });
 *     });
 *
 * Hints come from the facts that were found on the way, never from an errno alone: the same errno has many reasons.
 */
import type { AnyIsolator } from '../../runtime/isolators/index.ts';
import type { LabContainer, LabOptions, LeftBehind } from '../stage.ts';
import type { Solved } from '../mine.ts';
import type { Runtime } from '../rebuilt.ts';

/** What was found out on the way; only a check and its own hints know the names. */
export type Facts = Readonly<Record<string, unknown>>;

/** What a learner reads when a check fails. */
export interface Finding {
  /** What the learner's code did, as a call. */
  readonly did: string;
  /** Where; the slot itself, when absent. */
  readonly at?: string;
  /** What the kernel says. */
  readonly kernel: string;
  readonly wanted: string;
  /** A command that shows the fact by hand; the check's own, when absent. */
  readonly see?: string;
}

/** What a check has in its hands. */
export interface Bench {
  /** The real runtime, rebuilt around the learner's functions. */
  readonly runtime: Runtime;
  /** What its containers are made of, unless `run` is told otherwise. */
  readonly stack: readonly AnyIsolator[];
  /** What another file of the source exports, rebuilt in the same way: `src/registry/index.ts`. Once for all checks. */
  part<T>(entry: string): Promise<T>;
  /** What the learner has written for a slot. */
  solved(slot: string): Solved;
  /** A lab container of the learner's runtime. Gone when the check ends. */
  run(options: LabOptions): Promise<LabContainer>;
  /** Notes a fact for the hints, and returns it. */
  fact<T>(name: string, value: T): T;
  /** Goes on if it is so; ends the check with what was found if not. */
  must(isSo: boolean, finding: Finding): void;
  /** Removes the containers of this check and counts what is still there of all that the checks have made. */
  leftBehind(): Promise<LeftBehind>;
}

export interface Check {
  readonly title: string;
  /** The slot that it judges; absent: the whole. */
  readonly slot?: string;
  /** Titles of checks without which this one says nothing. */
  readonly needs: readonly string[];
  readonly see: string;
  /** It follows from what it needs: it shows something, and fails only with that. */
  readonly follows?: boolean;
  hint(facts: Facts): readonly string[];
  run(bench: Bench): Promise<void>;
}

export interface CheckOptions {
  readonly slot?: string;
  readonly needs?: readonly string[];
  readonly see: string;
  /** Three tiers: where to look; what is wrong; what to write. */
  readonly hint: (facts: Facts) => readonly [string, string, string];
}

/** Declares a check. */
export function check(title: string, { needs = [], ...rest }: CheckOptions, run: Check['run']): Check {
  return { title, needs, ...rest, run };
}

/** Declares what follows from another check: worth seeing, and nothing that could be wrong by itself. */
export function consequence(
  title: string,
  { needs, ...rest }: { slot: string; needs: readonly [string, ...string[]]; see: string },
  run: Check['run'],
): Check {
  const hint = (): [string, string, string] => [
    'This follows from what has held before it. Run both by hand, and compare.',
    `It needs "${needs[0]}", which held: does that function answer differently the second time?`,
    'A function of the plan has no memory: the same config has to give the same answer.',
  ];
  return { title, needs, ...rest, follows: true, hint, run };
}

/** Thrown by `must`. */
export class Failed extends Error {
  constructor(readonly finding: Finding) {
    super(finding.kernel);
  }
}
