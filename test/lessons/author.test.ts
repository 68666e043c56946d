import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLessons, quotesIn, type Verdict } from '../../src/learn/author.ts';
import { quote } from '../../src/learn/source.ts';
import { folder } from './support.ts';

describe('the lessons themselves', function () {
  this.timeout(120_000);

  it('have starters that fail, references that pass, and quotes that exist', async () => {
    const verdicts: Verdict[] = [];
    await checkLessons((verdict) => verdicts.push(verdict));
    assert.deepEqual(
      verdicts.filter(({ wrong }) => wrong),
      [],
    );
    assert(verdicts.some(({ title }) => title === 'pid: the reference passes'));
    assert.equal(verdicts.filter(({ title }) => title.startsWith('pid: the starter of')).length, 2);
  });

  it('are searched for quotes, and a symbol that is not there is refused', async () => {
    const book = join(folder, 'book/decisions');
    mkdirSync(book, { recursive: true });
    writeFileSync(join(book, 'one.md'), 'text\n\n```quote src/runtime/plan.ts#recrod\n```\n');
    const [found] = quotesIn(join(folder, 'book'));
    assert.deepEqual(found, { file: 'decisions/one.md', reference: 'src/runtime/plan.ts#recrod' });
    await assert.rejects(quote(found.reference), { code: 'SLOT_INVALID', hint: "did you mean 'record'?" });
  });
});
