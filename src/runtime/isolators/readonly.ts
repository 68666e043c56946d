/**
 * A root file system that cannot be written (root.readonly). The mount is made read-only and not the file system: other
 * containers may write to the same one. Last of all that happens to mounts, when nothing has to be made in it any more.
 */
import { DrydockError } from '../../errors.ts';
import type { Isolator } from '../isolator.ts';
import { isNew } from '../namespaces.ts';

export const readonly: Isolator = {
  name: 'readonly',
  summary: 'its root file system cannot be written, if the config says so',
  requires: ['mounts'],
  claim(spec) {
    if (spec.root.readonly && !isNew(spec, 'mount'))
      throw new DrydockError('SPEC_INVALID', 'root.readonly needs a mount namespace of the container’s own', {
        isolator: 'readonly',
        hint: 'add { "type": "mount" } to linux.namespaces',
      });
    return null;
  },
  steps(plan, { spec, mode }) {
    if (mode === 'create' && spec.root.readonly) plan.set_readonly('/').because('root.readonly: from here on');
  },
};
