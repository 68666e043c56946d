import assert from 'node:assert/strict';
import { readDocument } from '../../../src/book/document.ts';
import { renderTerminal, type TerminalOptions } from '../../../src/book/terminal.ts';
import { twinOf } from '../../../src/book/library.ts';
import { columns, wrap, unstyled } from '../../../src/book/wrap.ts';
import { wholeBook } from './fixtures.ts';

// eslint-disable-next-line no-control-regex -- the escape sequences themselves
const escapes = /\x1b\[[0-9;]*m/g;
const source = async () => ({ file: 'src/x.ts', start: 98, text: `// why\n${'x'.repeat(150)}\nlast` });
const draw = async (markdown: string, options: TerminalOptions = {}): Promise<string> =>
  renderTerminal(await readDocument(markdown, source), options);

describe('a chapter in the terminal', () => {
  it('has no line over 80 columns, with colour and without, in any page of the book', async () => {
    for (const { entry, document } of await wholeBook())
      for (const options of [{}, { colour: true }, { plain: true }, { width: 200 }, { width: 46 }]) {
        const width = Math.min(80, options.width ?? 80);
        const text = renderTerminal(document, { ...options, twin: (picture) => twinOf(entry, picture) });
        for (const line of text.replace(escapes, '').split('\n'))
          assert.ok(columns(line) <= width, `${entry.name}: ${columns(line)} columns: ${line}`);
      }
  });

  it('has no escape sequence without colour, and the same words with it', async () => {
    const markdown = '# A\n\n**b** *c* [d](https://e) f\n\n> box\n\n| g | h |\n| - | - |\n| i | j |\n';
    const [bare, painted] = [await draw(markdown), await draw(markdown, { colour: true })];
    assert.doesNotMatch(bare, escapes);
    assert.match(painted, escapes);
    assert.equal(painted.replace(escapes, ''), bare);
  });

  it('draws no lines and arrows when it is to be read aloud', async () => {
    const text = await draw('# A\n\n> box\n\n---\n\n| g |\n| - |\n| i |\n\n```quote a#b\n```\n', { plain: true });
    assert.doesNotMatch(text, /[─│═↪]/);
  });

  it('puts where links lead at the end, once each', async () => {
    const text = await draw('[a](https://x.example/1) [b](https://x.example/2) [c](https://x.example/1)');
    assert.match(text, /^a \[1\] b \[2\] c \[1\]$/m);
    assert.equal(text.match(/x\.example\/1/g)?.length, 1);
  });

  it('keeps answers for the end', async () => {
    const text = await draw('<details><summary>Why?</summary>\n\nBecause.\n\n</details>\n\nMore.');
    assert.ok(text.indexOf('1. Why? (answer 1 is at the end)') < text.indexOf('More.'));
    assert.ok(text.indexOf('More.') < text.indexOf('Because.'));
  });

  it('numbers quoted source as the file does, and marks lines that were cut', async () => {
    const text = await draw('```quote src/x.ts#y\n```');
    assert.match(text, /^ {2}src\/x\.ts:98$/m);
    assert.match(text, /^ {3}98 {2}\/\/ why$/m);
    assert.match(text, /^ +↪ x+$/m);
    assert.match(text, /^ {2}100 {2}last$/m);
  });

  it('shows other HTML as the text that it is', async () => {
    assert.match(await draw('a <script>b</script>'), /a <script>b<\/script>/);
  });

  it('refuses a folded answer that is never closed', async () => {
    await assert.rejects(draw('<details><summary>Why?</summary>\n\nBecause.'), { code: 'INTERNAL' });
  });
});

describe('wrapping', () => {
  const lines = (text: string, width: number): string[] => wrap([{ text, style: unstyled }], width);

  it('breaks at spaces and loses only those', () => {
    assert.deepEqual(lines('one two  three', 8), ['one two', 'three']);
  });

  it('breaks a word that is longer than a line', () => {
    assert.deepEqual(lines('a abcdefghij', 4), ['a', 'abcd', 'efgh', 'ij']);
  });

  it('keeps a word together whose parts have different styles', () => {
    const pieces = ['aaa ', 'bb', 'cc'].map((text) => ({ text, style: unstyled }));
    assert.deepEqual(wrap(pieces, 7), ['aaa', 'bbcc']);
  });

  it('counts wide letters twice and combining ones not at all', () => {
    assert.equal(columns('船e\u0301'), 3);
    assert.deepEqual(lines('船船船 a', 5), ['船船', '船 a']);
  });
});
