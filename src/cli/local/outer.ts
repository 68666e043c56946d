/** The calls of the outer half, which joins namespaces and clones: no steps of the plan, but shown like them. */
import { cloneFlag } from '../../runtime/namespaces.ts';
import type { NamespaceType } from '../../runtime/isolator.ts';
import type { OuterStep } from '../../runtime/spawn.ts';
import { cloneFlagText } from '../call-text.ts';
import type { StepFacts } from './plan-text.ts';

/** What is printed of a setns or of the clone. */
export function outerFacts({ call, type }: OuterStep): StepFacts {
  const types = type.split(' ').filter((name): name is NamespaceType => Object.hasOwn(cloneFlag, name));
  const flags = types.reduce((sum, name) => sum | cloneFlag[name], 0);
  const because = call === 'setns' ? `into the ${type} namespace of another` : 'born with namespaces of its own';
  return {
    phase: 'born',
    isolator: 'container',
    call: `${call}(${flags ? cloneFlagText(flags) : ''})`,
    because,
    at: '',
  };
}
