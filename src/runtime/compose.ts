/**
 * Brings isolators together: which of them, in which order, with which claims, into one plan.
 *
 * Order: steps are sorted by phase (steps.ts); within a phase by the place of their isolator in the stack, and within
 * an isolator as recorded. Everything that has an effect goes forward through the stack, everything that takes it back
 * goes backwards, and a failure half way takes back what was claimed up to then.
 */
import { DrydockError } from '../errors.ts';
import { withoutVainAmbient } from './ambient.ts';
import type { Cgroup, Host, Isolator, Json, Mode, Namespace, Point, StepContext, Waiting } from './isolator.ts';
import { record, slot, type Step } from './plan.ts';
import type { Spec } from './spec.ts';
import { phases } from './words.ts';

export type Claims = Readonly<Record<string, Json>>;

export interface Composition {
  readonly stack: readonly Isolator[];
  readonly claims: Claims;
  readonly namespaces: readonly Namespace[];
  readonly steps: readonly Step[];
  readonly cgroups: readonly Cgroup[];
  prepare(): Promise<void>;
  at(point: Point, waiting: Waiting): Promise<void>;
}

/** Who stands for whom: the stack without the isolators that another one replaces. Throws STACK_INVALID. */
export function resolve(isolators: readonly Isolator[]): readonly Isolator[] {
  const names = new Set<string>();
  for (const { name } of isolators) {
    if (names.has(name)) throw new DrydockError('STACK_INVALID', `the isolator '${name}' is in the stack twice`);
    names.add(name);
  }
  const replaced = new Set(isolators.map((isolator) => isolator.replaces));
  for (const { name, requires = [] } of isolators)
    for (const other of requires)
      if (!names.has(other))
        throw new DrydockError('STACK_INVALID', `the isolator '${name}' needs '${other}', which is not in the stack`, {
          isolator: name,
          hint: `add '${other}', or leave out '${name}' too`,
        });
  return isolators.filter((isolator) => !replaced.has(isolator.name));
}

/** Composes a stack for one process. Pure: nothing has happened to the host when it returns. */
export function compose(
  isolators: readonly Isolator[],
  { spec, process = spec.process, mode, host, claims: saved }: ComposeInput,
): Composition {
  const stack = resolve(isolators);
  const claims = saved ?? Object.fromEntries(stack.flatMap((i) => (i.claim ? [[i.name, i.claim(spec, host)]] : [])));
  const claimOf = (isolator: Isolator): Json => claims[isolator.name] ?? null;
  const names = new Set(stack.map((isolator) => isolator.name));
  const context: StepContext = {
    spec,
    process: withoutVainAmbient(process),
    mode,
    features: host.features,
    host,
    stack: names,
  };

  const { steps, recorder } = record();
  for (const isolator of stack) {
    const phase = typeof isolator.phase === 'function' ? isolator.phase(context) : isolator.phase;
    isolator.steps?.(recorder(isolator.name, phase), context, claimOf(isolator));
  }
  if (mode === 'create') {
    recorder('container', 'mounted').sync('mounted').because('the parent does its part before the root changes');
    recorder('container', 'created').await_go(slot('go'), slot('start-error')).because('`start` comes later');
  }
  const order = new Map(phases.map((phase, index) => [phase, index]));
  steps.sort((a, b) => order.get(a.phase)! - order.get(b.phase)!);
  if (steps.at(-1)?.call !== 'execve')
    throw new DrydockError('STACK_INVALID', 'nothing in the stack starts a program', { hint: "add 'process'" });

  return {
    stack,
    claims,
    steps,
    namespaces: stack.flatMap((isolator) => isolator.namespaces?.(spec, mode) ?? []),
    cgroups: stack.flatMap((isolator) => isolator.cgroups?.(claimOf(isolator)) ?? []),
    async prepare() {
      for (const isolator of stack) await isolator.prepare?.(claimOf(isolator), host, spec);
    },
    at: (point, waiting) => reach(stack, claims, point, waiting),
  };
}

/** Tells every isolator of the stack that a point of the container's life is reached. */
export async function reach(stack: readonly Isolator[], claims: Claims, point: Point, waiting: Waiting): Promise<void> {
  for (const isolator of stack) await isolator.at?.[point]?.(claims[isolator.name] ?? null, waiting);
}

export interface ComposeInput {
  spec: Spec;
  process?: Spec['process'];
  mode: Mode;
  host: Host;
  /** Claims that were decided earlier, in another process. */
  claims?: Claims;
}

/**
 * Gives back everything in `claims`, last claimed first. Goes on after a failure, and throws what failed at the end:
 * one thing that cannot be removed must not keep the others.
 */
export async function release(isolators: readonly Isolator[], claims: Claims, host: Host): Promise<void> {
  const failures: unknown[] = [];
  for (const isolator of [...isolators].reverse()) {
    const claim = claims[isolator.name];
    if (claim === undefined || !isolator.release) continue;
    try {
      await isolator.release(claim, host);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length) throw new AggregateError(failures, `${failures.length} things could not be given back`);
}
