import assert from 'node:assert/strict';
import { marked, search, vocabulary, type IndexedPage } from '../../../src/site/search.ts';
import { indexOf } from '../../../src/site/index-of.ts';
import { readDocument } from '../../../src/book/document.ts';

const page = (name: string, shelf: string, title: string, ...sections: [string, string][]): IndexedPage => ({
  page: `${name}.html`,
  title,
  shelf,
  sections: sections.map(([heading, text]) => ({ id: heading.toLowerCase().replace(/ /g, '-'), heading, text })),
});
const index = [
  page(
    'pid',
    'chapter',
    'PID: numbers of its own',
    ['', 'A zombie is dead.'],
    ['Break it', 'clone(CLONE_NEWPID) and a zombie, with --init'],
  ),
  page('user', 'chapter', 'User', ['', 'setgroups and uid_map'], ['Zombie', 'not here']),
  page('note', 'decision', 'A decision', ['', 'one zombie']),
];
const found = (question: string): string[] => search(index, question).map(({ href }) => href);

describe('the search of the book', () => {
  it('puts headings before text, and chapters before notes', () => {
    assert.deepEqual(found('zombie'), ['user.html#zombie', 'pid.html', 'pid.html#break-it', 'note.html']);
  });

  it('wants every word, in any order', () => {
    assert.deepEqual(found('init zombie'), ['pid.html#break-it']);
    assert.deepEqual(found('zombie nowhere'), []);
  });

  it('finds where words begin, also after an underscore or a sign, and inside words only if need be', () => {
    assert.deepEqual(found('newpid'), ['pid.html#break-it']);
    assert.deepEqual(found('--init'), ['pid.html#break-it']);
    assert.deepEqual(found('uid'), ['user.html']);
    assert.deepEqual(found('groups'), ['user.html']);
  });

  it('finds a page by its title', () => {
    assert.equal(found('numbers')[0], 'pid.html');
  });

  it('shows where it was found, and marks it', () => {
    const text = `${'before '.repeat(60)}needle ${'after '.repeat(60)}`;
    const [hit] = search([page('a', 'chapter', 'A', ['', text])], 'NEEDLE');
    assert.match(hit!.excerpt, /^… .*needle.* …$/);
    assert.deepEqual(marked('a Needle here', 'needle'), ['a ', 'Needle', ' here']);
    assert.deepEqual(marked('a (b', '(b'), ['a ', '(b', '']);
  });

  it('says nothing to nothing', () => {
    assert.deepEqual(found('  '), []);
  });

  it('knows the words that somebody may have mistyped', () => {
    assert.ok(vocabulary(index).includes('setgroups'));
  });
});

describe('the index of the book', () => {
  it('has a section for each heading, with the words of tables, answers, commands and quotes', async () => {
    const document = await readDocument(
      '# T\n\nlead\n\n## One\n\n| a | b |\n| - | - |\n| c | `d` |\n\n```console\n# id ‹7›\n```\n\n## Two\n\n<details><summary>Why?</summary>\n\nBecause.\n\n</details>\n\n```quote x.ts#y\n```\n',
      async () => ({ file: 'x.ts', start: 1, text: 'const y = 1;' }),
    );
    const entry = { name: 't', shelf: 'chapter', file: '/t.md', page: 't.html', title: 'T' } as const;
    assert.deepEqual(indexOf(entry, document).sections, [
      { id: '', heading: '', text: 'lead' },
      { id: 'one', heading: 'One', text: 'a b c d id 7' },
      { id: 'two', heading: 'Two', text: 'Why? Because. const y = 1;' },
    ]);
  });
});
