/**
 * `try --explain`: composes and prints, and that is all. A plan is data, so nothing has to exist for it: no lab, no
 * cgroup, no right to make either.
 */
import { features } from '../../linux/features.ts';
import { compose } from '../../runtime/compose.ts';
import type { AnyIsolator } from '../../runtime/isolators/index.ts';
import type { Spec } from '../../runtime/spec.ts';
import { stateDir } from '../../runtime/state.ts';
import { runFolder } from '../folders.ts';
import { lookOf } from '../output.ts';
import { birthFacts, planText, stepFacts } from './plan-text.ts';

interface Planned {
  id: string;
  stack: readonly AnyIsolator[];
  terminal: boolean;
  /** As it would be for an ordinary user; otherwise for root, whoever asks. */
  rootless?: boolean;
}

/** Prints the plan for a spec. */
export async function explainPlan(
  spec: Spec,
  planned: Planned,
  options: { json?: boolean; plain?: boolean },
): Promise<void> {
  const { id, stack } = planned;
  const run = runFolder();
  const composition = compose(onPaper(stack), {
    spec,
    mode: 'create',
    host: {
      id,
      stateDir: stateDir(run, id),
      bundle: run,
      features: features(),
      privileged: !planned.rootless,
      preserveFds: 0,
      consoleSocket: planned.terminal,
    },
  });
  if (!options.json) return void process.stdout.write(planText(composition, lookOf(process.stdout, options)));
  const steps = [birthFacts(composition), ...composition.steps.map(stepFacts)];
  process.stdout.write(`${JSON.stringify({ id, claims: composition.claims, steps }, null, 1)}\n`);
}

// The one claim that looks at a directory: it will be made, and here it is named as it will be.
function onPaper(stack: readonly AnyIsolator[]): readonly AnyIsolator[] {
  return stack.map((isolator) =>
    isolator.name === 'rootfs' ? { ...isolator, claim: ({ root }: Spec) => root.path } : isolator,
  );
}
