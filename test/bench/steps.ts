/**
 * Where the time of one start goes: the child pauses before each step, so each step has a time of its own. The pauses
 * themselves cost about as much as a short step.
 */
import { create, start } from '../../src/runtime/container.ts';
import { remove } from '../../src/runtime/remove.ts';
import type { Step } from '../../src/runtime/plan.ts';
import type { OuterStep } from '../../src/runtime/spawn.ts';
import type { Bench } from './cases.ts';

export interface StepTime {
  call: string;
  ms: number;
}

const REPEAT = 10;

/** Times of all steps, longest first; each the least of several starts. */
export async function stepTimes({ run, spec, folder }: Bench): Promise<StepTime[]> {
  const best = new Map<number, StepTime>();
  for (let round = 0; round < REPEAT; round++) {
    let last: { index: number; call: string; at: number } | undefined;
    let count = 0;
    const id = `steps-${process.pid}-${round}`;
    const container = await create({
      id,
      spec,
      bundle: folder,
      run,
      stdio: [0, 1, 2],
      onStep(step) {
        const at = performance.now();
        if (last) keepLeast(best, last.index, { call: last.call, ms: at - last.at });
        last = { index: count++, call: callText(step).replace(id, 'ID'), at: performance.now() };
      },
    });
    await start(run, id);
    await container.wait();
    await remove(run, id);
  }
  return [...best.values()].sort((a, b) => b.ms - a.ms);
}

function keepLeast(best: Map<number, StepTime>, index: number, time: StepTime): void {
  const known = best.get(index);
  if (!known || time.ms < known.ms) best.set(index, time);
}

function callText(step: Step | OuterStep): string {
  if ('type' in step) return `outer: ${step.call}(${step.type})`;
  return `${step.isolator}: ${step.call}(${step.args.filter((arg) => typeof arg === 'string').join(', ')})`;
}
