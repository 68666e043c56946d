import assert from 'node:assert/strict';
import { features } from '../../src/linux/features.ts';
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

  describe('with an isolator of the learner’s own', () => {
    const [file, asked] = ['lessons/18-world/landlock.ts', '--annotation=org.drydock.writable=/tmp'];
    async function world(solved: readonly string[], words: readonly string[]): Promise<Ran> {
      const work = await begun('world');
      write(work, 'world/landlock.ts', source(file));
      const progress = { world: { best: 1, of: 8, solved: solved.map((one) => `${file}#${one}`) } };
      write(work, '.drydock/progress.json', JSON.stringify(progress));
      return drydock(['try', '--mine', ...words]);
    }
    const all = ['placesOf', 'landlock.steps', 'landlock.claim'];

    it('shows its calls in the plan, where they stand, and whose they are', async () => {
      const { code, out, err } = await world(all, [asked, '--explain', '--json']);
      assert.equal(code, 0, err);
      const { steps } = JSON.parse(out) as { steps: { isolator: string; call: string; at: string }[] };
      const own = steps.filter(({ isolator }) => isolator === 'landlock');
      assert.deepEqual(
        own.map(({ call }) => call.split('(')[0]),
        ['landlock_create_ruleset', 'open', 'landlock_add_rule', 'landlock_restrict_self'],
      );
      for (const { at } of own) assert.match(at, /world\/landlock[.]ts:\d+$/);
    });

    it('keeps root inside from writing elsewhere, and can be left out', async function () {
      if (!features().landlock) return this.skip();
      const line = ['sh', '-c', 'for d in /tmp /srv; do touch $d/x && echo $d; done 2>&-'];
      assert.equal((await world(all, [asked, ...line])).out, '/tmp\n');
      assert.equal((await world(all, [asked, '--without', 'landlock', ...line])).out, '/tmp\n/srv\n');
    });

    it('has none before its steps are solved', async () => {
      const { code, out, err } = await world(['placesOf'], [asked, '--explain', '--json']);
      assert.equal(code, 0, err);
      assert(!out.includes('landlock'), out);
    });
  });
});
