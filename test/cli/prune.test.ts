/** `prune`: which filters each one has, and what is said where nobody answers its question. */
import assert from 'node:assert/strict';
import { drydock, leavesNothing, output, ownEngine } from './support.ts';

const filters: Readonly<Record<string, readonly string[]>> = {
  builder: ['label', 'label!', 'until'],
  container: ['label', 'label!', 'until'],
  image: ['dangling', 'label', 'label!', 'until'],
  network: ['label', 'label!', 'until'],
  system: ['label', 'label!', 'until'],
  volume: ['label', 'label!'],
};
const values: Readonly<Record<string, string>> = {
  dangling: 'true',
  label: 'x',
  'label!': 'x',
  until: '24h',
  name: 'x',
};

describe('prune', function () {
  this.timeout(60_000);
  leavesNothing();
  const env = ownEngine();
  before(() => output(['version'], { env }));

  for (const [group, keys] of Object.entries(filters)) {
    it(`says in its help which filters ${group} prune has, and has no others`, async () => {
      const help = await output([group, 'prune', '--help']);
      for (const [key, value] of Object.entries(values)) {
        const isKnown = keys.includes(key);
        assert.equal(new RegExp(`\\b${key}=`).test(help), isKnown, `${key} in the help:\n${help}`);
        const { code, stderr } = await drydock([group, 'prune', '-f', '--filter', `${key}=${value}`], { env });
        assert.equal(code, isKnown ? 0 : 1, `${key}: ${stderr}`);
      }
    });

    it(`says that nothing was removed where ${group} prune gets no answer, and not where it gets one`, async () => {
      const { code, stdout, stderr } = await drydock([group, 'prune'], { env, input: '' });
      assert.deepEqual([code, /\[y\/N\] $/.test(stdout)], [0, true]);
      assert.match(stderr, /^\nnothing was removed: .* -f removes/);
      for (const input of ['n\n', 'y\n'])
        assert.deepEqual((await drydock([group, 'prune'], { env, input })).stderr, '', input);
    });
  }
});
