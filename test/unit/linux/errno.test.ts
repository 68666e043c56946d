import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { EINVAL, ENOENT, errno, errnoTable, errorName, explain } from '../../../src/linux/errno.ts';

describe('the errno table', () => {
  it('has every errno that Node knows, with its number', () => {
    for (const [name, number] of Object.entries(constants.errno)) {
      assert.equal(errno[name as keyof typeof errno], number, name);
    }
  });

  it('names and explains every number from 1 to 133 but 41 and 58, which Linux does not use', () => {
    const numbers = errnoTable.map(({ number }) => number);
    const all = Array.from({ length: 133 }, (_, index) => index + 1).filter((number) => ![41, 58].includes(number));
    assert.deepEqual(numbers, all);
    for (const { explanation, name } of errnoTable) assert.match(explanation, /^[A-Z].*\.$/, name);
  });

  it('gives no explanation twice', () => {
    assert.equal(new Set(errnoTable.map(({ explanation }) => explanation)).size, errnoTable.length);
  });

  it('prefers what the call means with it', () => {
    assert.match(explain(EINVAL, 'pivot_root'), /mount point/);
    assert.match(explain(ENOENT, 'execve'), /interpreter/);
    assert.equal(explain(ENOENT, 'getpid'), explain(ENOENT));
  });

  it('says so when a number is unknown', () => {
    assert.equal(errorName(4000), 'errno 4000');
    assert.match(explain(4000), /not document/);
  });
});
