/** What lessons change in a lab container's config, and how they say what a stack makes of one. */
import { cloneFlags, flagNames } from '../linux/constants.ts';
import type { AnyIsolator } from '../runtime/isolators/index.ts';
import { cloneFlag } from '../runtime/namespaces.ts';
import type { Spec } from '../runtime/spec.ts';

/** Root in the container may mount, set names, and more: on what, is the question of the lesson. */
export function mighty(spec: Spec): Spec {
  const all = [...(spec.process.capabilities?.bounding ?? []), 'CAP_SYS_ADMIN'];
  return { ...spec, process: { ...spec.process, capabilities: { bounding: all, effective: all, permitted: all } } };
}

/** The clone that a stack asks for, as text: `clone(NEWNS|NEWPID)`. */
export function cloneText(stack: readonly AnyIsolator[], spec: Spec): string {
  const asked = stack.flatMap((isolator) => isolator.namespaces?.(spec, 'create') ?? []);
  const flags = asked.filter(({ how }) => how === 'clone').reduce((sum, { type }) => sum | cloneFlag[type], 0);
  return `clone(${flagNames(cloneFlags, flags).replace(/CLONE_/g, '')})`;
}
