/**
 * Isolators that a learner has written and the runtime does not have. In a container of `try --mine` they stand with the others.
 */
import type { AnyIsolator } from '../runtime/isolators/index.ts';
import type { Slot } from './lesson.ts';
import type { Runtime } from './rebuilt.ts';

interface Own {
  readonly name: string;
  readonly source: string;
  /** In front of which isolator of the runtime it stands. */
  readonly before: string;
}

/** Landlock before seccomp: both may have the same phase, and a filter could forbid its calls. */
const own: readonly Own[] = [{ name: 'landlock', source: 'lessons/18-world/landlock.ts', before: 'seccomp' }];

/**
 * The runtime with those isolators in its stack whose steps are solved; `part` rebuilds a file of the source around the
 * learner's functions.
 */
export async function withOwnIsolators(
  runtime: Runtime,
  solved: readonly Pick<Slot, 'name'>[],
  part: (entry: string) => Promise<Record<string, AnyIsolator>>,
): Promise<Runtime> {
  let isolators = runtime.isolators;
  for (const { name, source, before } of own) {
    if (!solved.some((slot) => slot.name === `${source}#${name}.steps`)) continue;
    const isolator = (await part(source))[name]!;
    isolators = isolators.flatMap((one) => (one.name === before ? [isolator, one] : [one]));
  }
  return isolators === runtime.isolators ? runtime : { ...runtime, isolators };
}
