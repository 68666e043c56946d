/**
 * `try --trace`: each step as it happens, with its result and how long it took. The child stops before every step for
 * our answer, so a step has gone well when the next one is announced; the times include that conversation.
 *
 * Everything goes to standard error: standard output is the program's.
 */
import type { Step } from '../../runtime/plan.ts';
import type { OuterStep } from '../../runtime/spawn.ts';
import { lookOf, type Look } from '../output.ts';
import { runInForeground, type ForegroundOptions } from './foreground.ts';
import { outerFacts } from './outer.ts';
import { stepFacts, stepText, type StepFacts } from './plan-text.ts';

interface Options {
  json?: boolean;
  plain?: boolean;
}

/** Runs the container and prints its steps. */
export async function traced(options: ForegroundOptions, asked: Options): Promise<number> {
  const look = lookOf(process.stderr, asked);
  let pending: { facts: StepFacts; since: number } | undefined;
  const finish = (result: string): void => {
    if (!pending) return;
    const microseconds = Math.round((performance.now() - pending.since) * 1000);
    process.stderr.write(`${line(pending.facts, result, microseconds, look, asked.json)}\n`);
    pending = undefined;
  };
  const onStep = (step: Step | OuterStep): void => {
    finish('ok');
    pending = { facts: 'phase' in step ? stepFacts(step) : outerFacts(step), since: performance.now() };
  };
  try {
    return await runInForeground({ ...options, onStep }, () => finish('ok'));
  } catch (error) {
    finish('failed');
    throw error;
  }
}

function line(facts: StepFacts, result: string, microseconds: number, look: Look, json = false): string {
  if (json) return JSON.stringify({ ...facts, result, microseconds });
  return stepText({ ...facts, because: `${result}, ${microseconds} us` }, look);
}
