/** What the kernel matrix is asked for on its command line (scripts/vm-tasks.ts). */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { tasks, type Options } from '../../scripts/vm-tasks.ts';

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

  it('take some lessons by their names', () => {
    const [task] = of({ lessons: 'ports, pid' });
    assert.equal(task?.name, 'lessons ports, pid');
    assert.deepEqual(task?.lessons, ['ports', 'pid']);
  });

  it('of every day have a file of each area, the suite of devices, AppArmor and the check of one lesson', () => {
    const [task] = of({});
    const areas = ['namespaces', 'cgroups', 'overlay', 'seccomp', 'spawn', 'devicemapper', 'labels', 'lessons'];
    const files = task!.files.map((file) => basename(file, '.test.ts'));
    assert.deepEqual(
      areas.filter((area) => !files.includes(area)),
      [],
    );
    assert.deepEqual(task?.lessons, ['cgroups']);
    for (const file of task.files) assert(existsSync(file), file);
  });

  it('have the lessons in a boot of their own where all of them are asked for', () => {
    const [day, ofLessons] = of({ all: true });
    assert(!day!.files.some((file) => file.includes('lessons')));
    assert.equal(ofLessons?.lessons, undefined);
  });

  it('leave out what is slow there, but not where all tests of the runtime are asked for', () => {
    assert.match(of({})[0]!.without!, /listener/);
    assert.equal(of({ long: true })[0]!.without, undefined);
  });

  it('take every lesson where none is named', () => {
    const [task] = of({ lessons: '' });
    assert.equal(task?.lessons, undefined);
  });

  it('refuse a lesson that does not exist, and name the nearest', () => {
    assert.throws(() => of({ lessons: 'pid,port' }), { code: 'NO_SUCH_LESSON', message: "there is no lesson 'port'" });
  });
});
