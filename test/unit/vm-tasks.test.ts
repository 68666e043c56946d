/** What the kernel matrix is asked for on its command line (scripts/vm-tasks.ts). */
import assert from 'node:assert/strict';
import { tasks, type Options } from '../../scripts/vm-tasks.ts';
import { lessons } from '../../src/learn/lessons.ts';

describe('the tasks of the kernel matrix', () => {
  const of = (options: Partial<Options>): ReturnType<typeof tasks> =>
    tasks([], { all: false, long: false, shell: false, words: '', patience: 20, ...options });
  const names = (options: Partial<Options>): string[] => of(options).map(({ name }) => name);

  it('are the tests of every day, and more when more is asked for', () => {
    assert.deepEqual(names({}), ['every day']);
    assert.deepEqual(names({ all: true }), ['every day', 'lessons']);
    assert.deepEqual(names({ all: true, long: true }), ['every day', 'lessons', 'runtime']);
    assert.deepEqual(names({ lessons: '' }), ['lessons']);
    assert.deepEqual(names({ lessons: 'ports', all: true }), ['every day', 'lessons ports']);
  });

  it('take some lessons by their names, and none whose name only begins so', () => {
    const [task] = of({ lessons: 'ports, pid' });
    assert.equal(task?.name, 'lessons ports, pid');
    const chosen = lessons.filter(({ name }) =>
      new RegExp(task?.only ?? '').test(`the reference of lesson ${name} passes its check`),
    );
    assert.deepEqual(chosen.map(({ name }) => name).sort(), ['pid', 'ports']);
  });

  it('take every lesson where none is named', () => {
    const [task] = of({ lessons: '' });
    assert.equal(task?.only, undefined);
  });

  it('refuse a lesson that does not exist, and name the nearest', () => {
    assert.throws(() => of({ lessons: 'pid,port' }), { code: 'NO_SUCH_LESSON', message: "there is no lesson 'port'" });
  });
});
