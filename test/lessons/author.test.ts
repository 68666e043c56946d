import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkCommands,
  checkMistakes,
  checkQuotes,
  checkSize,
  checkStarters,
  type Verdict,
} from '../../src/learn/author/author.ts';
import { lessons } from '../../src/learn/lessons.ts';
import { quote } from '../../src/learn/source.ts';
import { folder } from './support.ts';

/** Fails with everything that does not hold. */
async function allHold(verdicts: AsyncGenerator<Verdict>): Promise<void> {
  const wrong: string[] = [];
  let count = 0;
  for await (const { title, wrong: why } of verdicts) {
    count++;
    if (why !== undefined) wrong.push(`${title}: ${why}`);
  }
  assert.deepEqual(wrong, []);
  assert(count > 0, 'something was looked at');
}

describe('the book', () => {
  it('quotes only what exists', () => allHold(checkQuotes()));

  it('is searched for quotes, and a symbol that is not there is refused', async () => {
    const book = join(folder, 'book/decisions');
    mkdirSync(book, { recursive: true });
    writeFileSync(join(book, 'one.md'), 'text\n\n```quote src/runtime/plan.ts#recrod\n```\n');
    const verdicts: Verdict[] = [];
    for await (const verdict of checkQuotes(join(folder, 'book'))) verdicts.push(verdict);
    assert.equal(verdicts[0]?.title, 'decisions/one.md quotes src/runtime/plan.ts#recrod');
    assert(verdicts[0].wrong !== undefined);
    await assert.rejects(quote('src/runtime/plan.ts#recrod'), { code: 'SLOT_INVALID', hint: "did you mean 'record'?" });
  });
});

for (const entry of lessons)
  describe(`lesson ${entry.name}, as its author sees it`, function () {
    this.timeout(300_000);

    it('has the size of a lesson', () => allHold(checkSize(entry)));
    const sparse = Boolean(process.env.CI);
    it('has starters that fail, and a reference that passes', () => allHold(checkStarters(entry, { sparse })));
    it(`answers ${sparse ? 'the likeliest mistake' : 'each mistake'} with a hint that names it`, () =>
      allHold(checkMistakes(entry, { sparse })));
    it('shows in its chapter what the commands there print', () => allHold(checkCommands(entry)));
  });
