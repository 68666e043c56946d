import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { switches } from '../../../../../src/cli/local/doctor/kernel.ts';

/** The findings of a kernel that has these switches and no others. */
const found = (values: Record<string, number>): Record<string, string> =>
  Object.fromEntries(switches((file) => values[basename(file)]).map(({ name, grade }) => [name, grade]));

describe('the doctor', () => {
  it('tells apart what forbids user namespaces', () => {
    assert.deepEqual(found({}), {});
    assert.deepEqual(found({ max_user_namespaces: 0 }), { 'user namespaces': 'weak' });
    assert.deepEqual(found({ max_user_namespaces: 9, unprivileged_userns_clone: 0 }), {
      'user namespaces': 'ok',
      'for ordinary users': 'weak',
    });
    assert.deepEqual(found({ apparmor_restrict_unprivileged_userns: 1, unprivileged_userns_clone: 1 }), {
      'for ordinary users': 'ok',
      "AppArmor's ban": 'weak',
    });
  });
});
