import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lexer, type Token } from 'marked';
import { errorCodes } from '../../../src/errors.ts';

const home = join(__dirname, '../../..');

/** The appendix, cut at its headings: code, and what follows it. */
function sections(): [string, Token[]][] {
  const out: [string, Token[]][] = [];
  for (const token of lexer(readFileSync(join(home, 'book/appendix-errors.md'), 'utf8'))) {
    const [, code] = token.type === 'heading' ? (/^## `(\w+)`/.exec(token.raw) ?? []) : [];
    if (code) out.push([code, []]);
    else if (token.type !== 'space') out.at(-1)?.[1].push(token);
  }
  return out;
}

describe('the appendix of errors', () => {
  it('has a section for each code of src/errors.ts, in the same order, and no other', () => {
    assert.deepEqual(
      sections().map(([code]) => code),
      Object.keys(errorCodes),
    );
  });

  it('says of each code what it means, shows a message, and says what to do', () => {
    for (const [code, tokens] of sections())
      assert.deepEqual(
        tokens.map(({ type }) => type),
        ['paragraph', 'code', 'paragraph'],
        code,
      );
  });
});
