import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAsShown, typedIn } from '../../src/learn/author/console.ts';
import { Session } from '../../src/learn/author/session.ts';
import { projectHome } from '../../src/linux/native.ts';
import './support.ts';

const chapter = readFileSync(join(projectHome(), 'book/article.md'), 'utf8');

describe('the chapter that walks the article', function () {
  this.timeout(300_000);

  it('marks each of its paragraphs as true, changed or never true', () => {
    const [, ...sections] = chapter.split(/^## /m);
    const last = sections.pop();
    assert.match(last!, /^What the article could not know/);
    for (const section of sections) {
      const [title, ...rest] = section.split('\n');
      const text = rest.join('\n').replace(/^```[^]*?^```$/gm, '');
      const paragraphs = text.split(/\n\s*\n/).map((one) => one.trim());
      for (const paragraph of paragraphs.filter((one) => one !== ''))
        assert.match(paragraph, /^[*][*](True|Changed|Never true)[.][*][*] /, title);
    }
  });

  it('shows what its commands print', async () => {
    const session = await Session.open();
    const wrong: string[] = [];
    try {
      for (const { line, command, expected } of typedIn(chapter)) {
        const printed = await session.type(command);
        if (!isAsShown(expected, printed)) wrong.push(`line ${line}: ${command} prints\n${printed}`);
      }
    } finally {
      await session.close();
    }
    assert.deepEqual(wrong, []);
  });
});
