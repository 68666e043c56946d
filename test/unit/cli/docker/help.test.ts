/** What is printed about Docker's verbs. */
import assert from 'node:assert/strict';
import { engineOverview, groupHelp } from '../../../../src/cli/docker/overview.ts';
import { helpText } from '../../../../src/cli/docker/usage.ts';
import { groups, verbs } from '../../../../src/cli/docker/verbs.ts';

const wide = (text: string): string[] => text.split('\n').filter((line) => line.length > 80);

describe('the help of Docker’s verbs', () => {
  it('is no wider than 80 columns', async () => {
    for (const { name, load } of [...verbs, ...Object.values(groups).flat()])
      assert.deepEqual(wide(helpText(await load(), `drydock ${name}`)), [], name);
  });

  it('says what each group is for, and has all verbs in one column', () => {
    const lists = [engineOverview(), ...Object.entries(groups).map(([name, group]) => groupHelp(name, group))];
    for (const text of lists) {
      assert.doesNotMatch(text, /undefined/);
      assert.deepEqual(wide(text), []);
    }
    const columns = [...engineOverview().matchAll(/^ {2}[a-z]+ +/gm)].map(([start]) => start.length);
    assert.deepEqual([...new Set(columns)].length, 1);
  });
});
