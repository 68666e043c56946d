import assert from 'node:assert/strict';
import { chooseStack } from '../../../../src/cli/local/stack.ts';
import { lessons } from '../../../../src/learn/lessons.ts';
import { isolators, lessonIsolators, lessonsWithout } from '../../../../src/runtime/isolators/index.ts';

const names = (choice: Parameters<typeof chooseStack>[0]): string[] =>
  chooseStack(choice).stack.map(({ name }) => name);
const everything = isolators.map(({ name }) => name);

describe('a stack', () => {
  it('is the whole one unless said otherwise', () => {
    assert.deepEqual(names({}), everything);
  });

  it('ends with a lesson, or with the lesson of an isolator', () => {
    assert.deepEqual(names({ upto: 'process' }), ['process']);
    assert.deepEqual(names({ upto: 'rootfs' }), ['rootfs', 'chroot', 'process']);
    assert.deepEqual(names({ upto: 'ipc' }), names({ upto: 'names' }));
    assert.deepEqual(names({ upto: Object.keys(lessonIsolators).at(-1) }), everything);
  });

  it('has a place for what only a learner has in it', () => {
    const landlock = { ...isolators[0]!, name: 'landlock', requires: [] };
    const theirs = isolators.flatMap((one) => (one.name === 'seccomp' ? [landlock, one] : [one]));
    const chosen = (choice: Parameters<typeof chooseStack>[0]): string[] =>
      chooseStack(choice, theirs).stack.map(({ name }) => name);
    for (const upto of ['landlock', 'world']) assert(chosen({ upto }).includes('landlock'), upto);
    assert(!chosen({ upto: 'seccomp' }).includes('landlock'), 'its lesson comes later');
    for (const without of ['landlock', 'world']) assert.deepEqual(chosen({ without: [without] }), everything);
  });

  it('goes without a lesson, or without one isolator', () => {
    assert.deepEqual(
      names({ without: ['names'] }),
      everything.filter((name) => !['uts', 'ipc', 'sysctl'].includes(name)),
    );
    assert.deepEqual(
      names({ without: ['uts', 'pid'] }),
      everything.filter((name) => !['uts', 'pid', 'sysctl'].includes(name)),
    );
  });

  it('loses with an isolator those that need it, and says which', () => {
    const { stack, fallen } = chooseStack({ without: ['rootfs'] });
    const left = new Set(stack.map(({ name }) => name));
    assert(fallen.includes('mounts') && fallen.includes('pivot'), fallen.join());
    for (const { requires = [] } of stack) for (const name of requires) assert(left.has(name), name);
  });

  it('always has the program', () => {
    assert.throws(() => chooseStack({ without: ['process'] }), { code: 'BAD_USAGE' });
  });

  it('says of a lesson without an isolator that it is one, and which have some', () => {
    assert.deepEqual(
      [...Object.keys(lessonIsolators), ...lessonsWithout].sort(),
      lessons.map(({ name }) => name).sort(),
    );
    for (const name of lessonsWithout)
      assert.throws(() => chooseStack({ upto: name }), {
        code: 'BAD_USAGE',
        message: new RegExp(`^the lesson '${name}' has no isolator`),
        hint: /^these have some: process, rootfs, .*lifecycle$/,
      });
  });

  it('refuses a name that nobody has, with the nearest', () => {
    assert.throws(() => chooseStack({ upto: 'mount' }), { code: 'BAD_USAGE', hint: "did you mean 'mounts'?" });
    assert.throws(() => chooseStack({ without: ['constructor'] }), { code: 'BAD_USAGE' });
  });
});
