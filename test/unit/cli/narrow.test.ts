/** Help on a narrow terminal: no line is wider, and no word is broken that fits. */
import assert from 'node:assert/strict';
import { groups, verbs } from '../../../src/cli/docker/verbs.ts';
import { groupHelp } from '../../../src/cli/docker/overview.ts';
import { helpText } from '../../../src/cli/docker/usage.ts';
import { ociOverview, overview, vmOverview } from '../../../src/cli/help.ts';
import { narrowed } from '../../../src/cli/narrow.ts';

const COLUMNS = 40;

const wordsOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function assertFits(text: string, what: string): void {
  const folded = narrowed(text, COLUMNS);
  const wide = folded.split('\n').filter((line) => line.length > COLUMNS && wordsOf(line).length > 1);
  assert.deepEqual(wide, [], what);
  assert.deepEqual(wordsOf(folded), wordsOf(text), what);
}

describe('help on a terminal of 40 columns', () => {
  it('puts the right side of a table below the left one', () => {
    const table = [
      'Options:',
      '  -a, --all             all of them, also those that do not run (the others',
      '                        are left out)',
      '      --no-trunc        whole ids',
      '  -q, --quiet  ids',
    ];
    assert.deepEqual(narrowed(table.join('\n'), COLUMNS).split('\n'), [
      'Options:',
      '  -a, --all',
      '      all of them, also those that do',
      '      not run (the others are left out)',
      '      --no-trunc  whole ids',
      '  -q, --quiet  ids',
    ]);
  });

  it('folds prose at words, and leaves alone what fits', () => {
    assert.equal(narrowed('one two three\n\nfour\n', 9), 'one two\nthree\n\nfour\n');
    assert.equal(narrowed('  one two three', 9), '  one two\n    three');
    assert.equal(narrowed('unbreakable', 4), 'unbreakable');
  });

  it('of all verbs and of their lists is made of the same words, in lines that fit', async () => {
    for (const [what, text] of Object.entries({ overview: overview(), oci: ociOverview(), vm: vmOverview() }))
      assertFits(text, what);
    for (const [name, entries] of Object.entries({ ...groups, '': verbs })) {
      if (name) assertFits(groupHelp(name, entries), name);
      for (const entry of entries)
        assertFits(helpText(await entry.load(), `drydock ${name} ${entry.name}`), `${name} ${entry.name}`);
    }
  });
});
