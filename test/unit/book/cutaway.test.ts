import assert from 'node:assert/strict';
import { drawCutaway } from '../../../src/book/cutaway.ts';
import { cutawayDrawn, cutawayListed } from '../../../src/book/cutaway-text.ts';
import { readDocument } from '../../../src/book/document.ts';
import { findEntry, readEntry } from '../../../src/book/library.ts';
import { organs } from '../../../src/book/organs.ts';
import { renderTerminal } from '../../../src/book/terminal.ts';
import { lessons } from '../../../src/learn/lessons.ts';
import { quote } from '../../../src/learn/source.ts';
import { home } from './fixtures.ts';

const counted = (svg: string, state: string): number =>
  svg.match(new RegExp(`class="organ ${state}"`, 'g'))?.length ?? 0;

describe('the growing picture', () => {
  it('has an organ for each lesson, in the order of the course', () => {
    assert.deepEqual(
      organs.map(({ name }) => name),
      lessons.map(({ name }) => name),
    );
  });

  it('grows by one organ a lesson, marks that one, and outlines the rest', () => {
    for (let at = 0; at < organs.length; at++) {
      const svg = drawCutaway(at);
      assert.deepEqual(
        ['filled', 'current', 'later'].map((state) => counted(svg, state)),
        [at, 1, organs.length - at - 1],
      );
      assert.match(svg, new RegExp(`class="organ current" data-organ="${organs[at]!.name}"`));
    }
    assert.equal(counted(drawCutaway(organs.length), 'filled'), organs.length);
  });

  it('has a title and a description that names what is there and what is not', () => {
    const svg = drawCutaway(4);
    assert.match(svg, /<title id="cutaway-title">The container so far: lesson 4, pid<\/title>/);
    assert.match(
      svg,
      /<desc id="cutaway-desc">[^<]*rootfs, the hull[^<]*14 more organs are faint outlines: user, [^<]*<\/desc>/,
    );
  });

  it('is markup that needs no style of its own and closes what it opens', () => {
    const svg = drawCutaway(organs.length);
    assert.doesNotMatch(svg, /<style|\sstyle=|<script|undefined|NaN/);
    const tags = [...svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)].filter(([, , , closed]) => !closed);
    assert.equal(tags.filter(([, slash]) => slash).length, tags.filter(([, slash]) => !slash).length);
  });

  it('is drawn in letters, every sheet of the same size and inside 80 columns', () => {
    for (let at = 0; at <= organs.length; at++) {
      const lines = cutawayDrawn(at);
      assert.deepEqual(
        lines.map((line) => line.length),
        cutawayDrawn(0).map((line) => line.length),
      );
      assert.ok(Math.max(...lines.map((line) => line.length)) <= 80);
    }
    const pid = cutawayDrawn(4).join('\n');
    assert.match(pid, / mounts /);
    assert.match(pid, /\[pid\]/);
    assert.doesNotMatch(pid, /cgroups/);
  });

  it('is drawn for every lesson on a screen of 80 columns, and says what is new', () => {
    organs.forEach(({ name }, organ) => {
      const text = renderTerminal([{ type: 'cutaway', organ }]);
      assert.match(text, /THE KERNEL, ONE FOR ALL/, name);
      assert.match(text, new RegExp(`\\n\\[${name}\\] `));
    });
  });

  it('is a list in words for who has no use for a drawing', () => {
    const words = cutawayListed(4).join('\n');
    assert.match(words, /^4\. pid \(this lesson\): the crew/m);
    assert.match(words, /^Still to come: user, network/m);
    assert.doesNotMatch(words, /[|#\\]/);
  });

  it('stands below the title of every chapter, and nowhere else', async () => {
    const [title, picture] = await readEntry(findEntry(home, 'pid'), quote);
    assert.equal(title?.type, 'heading');
    assert.deepEqual(picture, { type: 'cutaway', organ: 4 });
    const appendix = await readEntry(findEntry(home, 'appendix-errors'), quote);
    assert.ok(appendix.every(({ type }) => type !== 'cutaway'));
    assert.ok((await readDocument('# a', quote)).every(({ type }) => type !== 'cutaway'));
  });
});
