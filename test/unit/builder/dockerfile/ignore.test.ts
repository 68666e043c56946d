import assert from 'node:assert/strict';
import { parseIgnore } from '../../../../src/builder/dockerfile/index.ts';

describe('a .dockerignore', () => {
  /** Patterns, what is left out, and what is not. */
  const table: readonly (readonly [text: string, out: string[], kept: string[]])[] = [
    ['a', ['a', 'a/b', 'a/b/c'], ['b/a', 'ab']],
    ['/a/', ['a', 'a/b'], ['b/a']],
    ['./a/../b', ['b'], ['a']],
    ['*.log', ['x.log', 'x.log/y'], ['d/x.log', 'xlog']],
    ['*/*.log', ['d/x.log'], ['x.log', 'd/e/x.log']],
    ['**/*.log', ['x.log', 'd/x.log', 'd/e/x.log'], ['x.txt']],
    ['d/**', ['d/e', 'd/e/f'], ['d', 'e']],
    ['d/**/f', ['d/f', 'd/e/f', 'd/e/e/f'], ['f', 'd/ef']],
    ['**', ['a', 'a/b'], []],
    ['?b', ['ab'], ['b', '/b', 'abb']],
    ['[a-c]x', ['ax', 'cx'], ['dx', 'x']],
    ['[^a-c]x', ['dx'], ['ax']],
    ['\\*', ['*'], ['a']],
    ['a.b(c)+$', ['a.b(c)+$'], ['axb(c)+$']],
    ['# c\n\n  a  \r\n', ['a'], ['c', '# c']],
    ['*\n!keep', ['a', 'a/keep'], ['keep', 'keep/x']],
    ['!keep\n*', ['a', 'keep'], []],
    ['d\n!d/e\nd/e/f', ['d', 'd/x', 'd/e/f'], ['d/e', 'd/e/g']],
    ['\uFEFFa', ['a'], []],
    ['.', [], ['a']],
    ['', [], ['a']],
  ];
  for (const [text, out, kept] of table)
    it(`with ${JSON.stringify(text)} leaves out what it says, and nothing else`, () => {
      const isIgnored = parseIgnore(text);
      for (const path of out) assert(isIgnored(path), `${path} is left out`);
      for (const path of kept) assert(!isIgnored(path), `${path} is kept`);
    });

  it('says whether it has exceptions', () => {
    assert.equal(parseIgnore('a\n!b').hasExceptions, true);
    assert.equal(parseIgnore('a\n#!b').hasExceptions, false);
  });

  it('takes little time for a pattern that is made to take much', () => {
    const isIgnored = parseIgnore(`${'**/a*'.repeat(200)}b`);
    assert(!isIgnored('a'.repeat(2000)));
    assert(!isIgnored('a/'.repeat(1000)));
    assert.throws(() => parseIgnore('?'.repeat(5000)), /5000 characters/);
  });
});
