/** What a learner reads of code that cannot be asked: the sentence, and hints that name the mistake. */
import assert from 'node:assert/strict';
import { DrydockError } from '../../../src/errors.ts';
import { hintsToBuild, hintsWhenStopped, notBuilt, stopped } from '../../../src/learn/check/trouble.ts';
import type { Workspace } from '../../../src/learn/workspace.ts';

const work: Workspace = { root: '/home-of', owner: { uid: 0, gid: 0, home: '/' } };
const broken = (message: string, more: { hint?: string; at?: string } = {}): DrydockError =>
  new DrydockError('BUILD_FAILED', message, more);

describe('code that does not compile', () => {
  it('is told with its line, which is not what was wanted', () => {
    const at = '/home-of/pid/pid.ts:7';
    const found = notBuilt(broken(`${at}: Expected ")" but found ";"`, { at, hint: 'return (1;' }));
    assert.deepEqual(
      [found.did, found.at, found.wanted],
      ['Expected ")" but found ";" in: return (1;', at, 'a file that compiles'],
    );
  });

  it('always says what was wanted, also where the compiler has no line to show', () => {
    assert.equal(notBuilt(broken('Unexpected end of file', { hint: '' })).wanted, 'a file that compiles');
  });

  it('shows all that the compiler has said, and leaves the place for a command alone', () => {
    const { did, see } = notBuilt(broken('a.c:1: error: one\na.c:2: error: two'));
    assert.deepEqual([did, see], ['a.c:1: error: one\na.c:2: error: two', undefined]);
  });

  it('has a hint for a function that is gone', () => {
    const gone = new DrydockError('SLOT_INVALID', "pid.ts has no function 'steps' any more", {
      hint: 'it keeps its name',
    });
    assert.equal(notBuilt(gone).wanted, 'it keeps its name');
    const hints = hintsToBuild(gone, 'pid');
    assert.match(hints[0], /Is it still there/);
    assert.match(hints[1], /has no function 'steps' any more: the file is empty, or/);
  });

  for (const said of [
    "Cannot find name 'sail'.",
    "Property 'sail' does not exist on type 'Plan'.",
    "a.c:3:2: error: implicit declaration of function 'sail'; did you mean 'tail'?",
    "a.c:3:2: error: 'sail' undeclared (first use in this function)",
    "a.c:3: undefined reference to `sail'",
  ])
    it(`has a hint for a name that nobody knows: ${said}`, () =>
      assert.match(hintsToBuild(broken(said), 'pid')[1], /Nobody has declared 'sail'/));

  it('has a last hint that can be typed as it stands', () => {
    for (const message of ['Expected ")"', "Cannot find name 'x'."])
      assert.match(hintsToBuild(broken(message), 'pid')[2], /^`\.\/drydock reset pid`/);
  });
});

describe('code that has stopped in the middle', () => {
  const refused = new DrydockError('STEP_FAILED', 'step 3 (fchdir): no step fills the slot', {
    step: 3,
    call: 'fchdir',
    hint: 'fill it first',
  });

  it('is told by its step, and what the errno means is not what was wanted', () => {
    const { did, kernel, wanted } = stopped(refused, work);
    assert.equal(did, 'step 3  fchdir');
    assert.equal(kernel, 'step 3 (fchdir): no step fills the slot\nfill it first');
    assert.equal(wanted, 'code that the runtime can go through to its end');
  });

  it('has no hint that speaks of what was never found out', () => {
    const own = [
      'Where to look.',
      'Your plan says undefined. Its root is undefined. Where does it stand?',
      'Write this; undefined stays.',
    ];
    const hints = hintsWhenStopped(own, stopped(refused, work));
    assert.deepEqual([hints[0], hints[2]], [own[0], own[2]]);
    assert.match(
      hints[1]!,
      /In its way: step 3 fchdir \(step 3 \(fchdir\): no step fills the slot\)\. Where does it stand\?$/,
    );
  });
});
