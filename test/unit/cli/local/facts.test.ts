import assert from 'node:assert/strict';
import { changes, readFacts } from '../../../../src/cli/local/facts.ts';

describe('facts about a process', () => {
  it('are read of ourselves', () => {
    const facts = readFacts('self');
    assert(facts.namespaces?.some((line) => /^pid:\[\d+\]$/.test(line)));
    assert(facts.mounts?.some((line) => line.startsWith('/proc proc ')));
    assert(facts.capabilities?.some((line) => /^CapEff [0-9a-f]{16}$/.test(line)));
    // Others of this machine mount and make links meanwhile.
    const ours = changes(facts, readFacts('self')).filter(({ fact }) => fact !== 'mounts' && fact !== 'network');
    assert.deepEqual(ours, []);
  });

  it('are empty for a process that is gone', () => {
    assert(Object.values(readFacts(2 ** 30)).every((lines) => lines.length === 0));
  });

  it('are compared line by line, also when two are alike', () => {
    const before = { mounts: ['/ ext4', '/tmp tmpfs'], cgroup: ['0::/'] };
    const after = { mounts: ['/ ext4', '/tmp tmpfs', '/tmp tmpfs'], cgroup: ['0::/box'] };
    assert.deepEqual(changes(before, after), [
      { fact: 'mounts', added: ['/tmp tmpfs'], removed: [] },
      { fact: 'cgroup', added: ['0::/box'], removed: ['0::/'] },
    ]);
    assert.deepEqual(changes(after, before)[0], { fact: 'mounts', added: [], removed: ['/tmp tmpfs'] });
  });
});
