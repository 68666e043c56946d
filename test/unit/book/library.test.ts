/** Pages of the book are found by name; whoever types a number or half a name is told which page that is. */
import assert from 'node:assert/strict';
import { findEntry } from '../../../src/book/library.ts';
import { projectHome } from '../../../src/linux/native.ts';

describe('a page of the book', () => {
  for (const [typed, meant] of [
    ['1', 'rootfs'],
    ['04', 'pid'],
    ['appendix', 'appendix-errors'],
    ['0001', '0001-dependencies'],
    ['moumts', 'mounts'],
  ] as const)
    it(`asked for as ${typed} is answered with the name ${meant}`, () =>
      assert.throws(() => findEntry(projectHome(), typed), {
        code: 'NO_SUCH_LESSON',
        hint: `did you mean '${meant}'?`,
      }));

  it('that has no such neighbour is answered with all chapters', () =>
    assert.throws(() => findEntry(projectHome(), 'zzzzzzzz'), { hint: /^there are: process, / }));
});
