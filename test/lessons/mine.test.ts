import assert from 'node:assert/strict';
import { begun, drydock, source, write, type Ran } from './support.ts';

const UTS = 'isolators/uts.ts';
const STEPS = '  steps(plan, { spec, mode }) {\n';

/** `try --mine` with the steps of names' UTS isolator solved, and `line` in front of what they do. */
async function mine(words: readonly string[], line = ''): Promise<Ran> {
  const work = await begun('names');
  const text = source(`src/runtime/${UTS}`);
  assert(text.includes(STEPS));
  write(work, `names/${UTS}`, text.replace(STEPS, `${STEPS}    ${line}\n`));
  const solved = [`${UTS}#steps`];
  write(work, '.drydock/progress.json', JSON.stringify({ names: { best: 1, of: 4, solved } }));
  return drydock(['try', '--mine', ...words]);
}

describe('try --mine', function () {
  this.timeout(120_000);

  for (const words of [['--trace', 'true'], ['--explain']])
    it(`ends a function that never comes back, and says so: ${words.join(' ')}`, async () => {
      const { code, err } = await mine(words, 'while (Date.now() > 0);');
      assert.equal(code, 137, err);
      assert.match(err, /your code has not come back for 10 seconds\n +during +the container/);
    });

  it('says whose functions the container is made of, not among data', async () => {
    const { err } = await mine(['--upto', 'user', '--explain']);
    const said =
      'drydock: yours: names (1 of 4 functions); ours, not begun: process, rootfs,\n         mounts, pid, user\n';
    assert.equal(err, said);
    assert.equal((await mine(['--explain', '--json'])).err, '');
  });

  it('lets a container run for longer than a function may', async () => {
    const { code, out, err } = await mine(['sh', '-c', 'sleep 12; hostname'], "spec.hostname &&= 'boat';");
    assert.deepEqual([code, out], [0, 'boat\n'], err);
  });
});
