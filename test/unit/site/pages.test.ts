import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { listBook, svgOf } from '../../../src/book/library.ts';
import { renderContents } from '../../../src/site/contents.ts';
import { renderDemo } from '../../../src/site/demo.ts';
import { renderPage } from '../../../src/site/page.ts';
import { followingTheSwitch } from '../../../src/site/pictures.ts';
import { lessons } from '../../../src/learn/lessons.ts';
import type { Recording } from '../../../src/learn/demo/recording.ts';
import { everyBlock, home, wholeBook } from '../book/fixtures.ts';

describe('a page of the site', () => {
  it('allows a picture’s own style by its hash, and no other', () => {
    const css = '.a { fill: red }';
    const hash = createHash('sha256').update(css).digest('base64');
    const page = renderPage({ title: 't', body: `<svg><style>${css}</style></svg>` });
    assert.ok(page.includes(`style-src 'self' 'sha256-${hash}';`));
    assert.doesNotMatch(page, /unsafe/);
  });
});

describe('a picture in a page', () => {
  const svg =
    '<svg><style>.a{fill:red} @media (prefers-color-scheme: dark) { .a { fill: blue } .b { fill: none } } @media print { .a { fill: #000 } }</style></svg>';

  it('is dark on a dark system unless the reader wants it light, and when the reader wants it dark', () => {
    const css = followingTheSwitch(svg);
    assert.match(
      css,
      /@media screen and \(prefers-color-scheme:dark\)\{:root:not\(\[data-theme="?light"?\]\) \.a\{fill:#00f\}/,
    );
    assert.match(css, /@media screen\{:root\[data-theme="?dark"?\] \.a\{fill:#00f\}/);
  });

  it('keeps its other rules', () => {
    const css = followingTheSwitch(svg);
    assert.match(css, /^<svg><style>\.a\{fill:red\} /);
    assert.match(css, /@media print \{ \.a \{ fill: #000 \} \}<\/style>/);
    assert.equal(followingTheSwitch('<svg><style>.a{}</style></svg>'), '<svg><style>.a{}</style></svg>');
  });

  it('has no attribute that the policy of the pages would refuse', async () => {
    for (const { entry, document } of await wholeBook())
      for (const block of everyBlock(document))
        if (block.type === 'picture')
          assert.doesNotMatch(svgOf(entry, block.path), /\sstyle=|\son\w+=|<script|<image|foreignObject/, block.path);
  });
});

describe('the contents', () => {
  it('list all nineteen lessons by their parts, each with its chapter', () => {
    const page = renderContents(listBook(home));
    assert.deepEqual(
      [...page.matchAll(/<h3[^>]*>(.*?)<\/h3>/g)].map(([, title]) => title),
      ['Part I: the runtime', 'Part II: images', 'Part III: the engine'],
    );
    assert.deepEqual(
      [...page.matchAll(/<li value="(\d+)"><span class="title"><a href="(\w+)\.html">/g)].map(([, at, name]) => [
        at,
        name,
      ]),
      lessons.map(({ number, name }) => [String(number), name]),
    );
  });
});

describe('a recorded demo on a page', () => {
  const recording: Recording = {
    format: 1,
    lesson: 'pid',
    question: 'Who <b>?',
    seconds: 5,
    machine: 'Linux 6.1, x64',
    scenes: [
      {
        title: 'WITHOUT',
        guess: 'how many?',
        lines: [
          { kind: 'inside', command: 'ps | wc -l', answer: '<7>', verdict: ['BAD', 'yours'] },
          { kind: 'plus', text: 'clone', place: 'isolators/pid.ts:14' },
        ],
      },
    ],
    left: { processes: 0, mounts: 0, cgroups: 0 },
    turn: ['./drydock begin pid', 'write it'],
  };
  const html = renderDemo('pid', recording, (place) => `source.html#${place}`);

  it('is an ordered list in which every step has an address', () => {
    assert.deepEqual(
      [...html.matchAll(/<li id="(demo-\d)" class="step (\w+)"/g)].map(([, id, kind]) => [id, kind]),
      [
        ['demo-1', 'title'],
        ['demo-2', 'inside'],
        ['demo-3', 'plus'],
        ['demo-4', 'left'],
      ],
    );
  });

  it('asks for the guess before it shows anything', () => {
    assert.ok(html.indexOf('how many?') < html.indexOf('ps | wc -l'));
    assert.match(html, /<label for="guess-1">Your guess: how many\?<\/label> <input id="guess-1"/);
  });

  it('escapes what was captured, and leads to the source', () => {
    assert.match(html, /<samp>&#60;7&#62;<\/samp> <strong class="bad">BAD: yours<\/strong>/);
    assert.match(html, /Who &#60;b&#62;\?/);
    assert.match(html, /<a href="source\.html#isolators\/pid\.ts:14">/);
  });

  it('says how to get one where there is none', () => {
    const none = renderDemo('pid', undefined, () => undefined);
    assert.match(none, /made without recordings.*drydock demo pid.*npm run record/);
    assert.doesNotMatch(none, /<input/);
  });
});
