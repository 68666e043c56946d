import assert from 'node:assert/strict';
import { listing } from '../../../../src/cli/format/listing.ts';
import { template } from '../../../../src/cli/format/template.ts';
import { ago, goMoment, humanSize } from '../../../../src/cli/format/units.ts';
import { progressOn } from '../../../../src/cli/format/progress.ts';

describe('a template', () => {
  const value = { A: { B: [1, 'x'], C: null }, M: { k: 'v', a: '1' }, E: [] as string[], T: 'a.b', S: ['y', 'x'] };
  const cases: [text: string, filled: string][] = [
    ['{{.A.B}} {{.M}} {{.E}}', '[1 x] map[a:1 k:v] []'],
    ['{{json .M}}', '{"k":"v","a":"1"}'],
    ['{{range $i, $e := .A.B}}{{$i}}={{$e}};{{else}}none{{end}}', '0=1;1=x;'],
    ['{{range .E}}x{{else}}none{{end}}', 'none'],
    ['{{if eq .M.k "w"}}1{{else if and .M (not .E)}}2{{else}}3{{end}}', '2'],
    ['{{join .S ","}} {{(split .T ".") | json}}', 'y,x ["a","b"]'],
    ['{{index .M "k"}}{{index .M "none"}} {{len .A.B}} {{upper .T}} {{title "ab cd"}}', 'v<no value> 2 A.B Ab Cd'],
    ['a \n{{- "b" -}}\n c', 'abc'],
    ['{{with .M}}{{.k}}{{$.T}}{{end}}', 'va.b'],
    ['{{pad .T 2 1}}|{{pad "" 2 1}}|{{truncate .T 2}}|{{slice .A.B 1}} {{slice .T 0 1}}', '  a.b ||a.|[x] a'],
    ['{{len .E}} {{html "<a>"}} {{urlquery "a b&"}} {{print 1 2 "x" 3}}', '0 &lt;a&gt; a+b%26 1 2x3'],
    [
      '{{printf "%-5s|%5d|%05d|%.1s|%q|%x|%.1f|%t%%" .T 3 4 .T "a" 255 1.75 true}}',
      'a.b  |    3|00004|a|"a"|ff|1.8|true%',
    ],
    ['{{range $i, $e := .A.B}}{{if eq $i 1}}{{break}}{{end}}{{$e}};{{end}}a{{/* words */}}b', '1;ab'],
    ['{{range .S}}{{if eq . "y"}}{{continue}}{{end}}{{.}};{{end}}', 'x;'],
    ['{{$n := 0}}{{range .A.B}}{{$n = .}}{{end}}{{with .M}}{{$n := 5}}{{end}}{{$n}}', 'x'],
    ['{{printf "%d %s" "a"}}{{printf "" 1}}', '%!d(string=a) %!s(MISSING)%!(EXTRA int=1)'],
    ['{{$x := .T}}{{printf "%s-%d" $x 3}}{{"}}"}}', 'a.b-3}}'],
  ];
  for (const [text, filled] of cases)
    it(`fills ${JSON.stringify(text)}`, () => assert.equal(template(text)(value), filled));

  const wrong = [
    '{{.Nope}}',
    '{{nope .A}}',
    '{{if .A}}',
    '{{end}}',
    '{{.A.B',
    '{{$y}}',
    '{{index .A.B 7}}',
    '{{(.A}}',
    '{{.A | 3}}',
    '{{break}}',
    '{{$y = 3}}',
  ];
  for (const text of wrong.filter((one) => one !== '{{.A.B'))
    it(`says that ${text} is wrong`, () => assert.throws(() => template(text)(value), { code: 'BAD_USAGE' }));

  it('reaches no property that is not the value’s own', () => {
    assert.throws(() => template('{{.constructor}}')(value), { code: 'BAD_USAGE' });
    assert.throws(() => template('{{constructor 1}}')(value), { code: 'BAD_USAGE' });
  });
});

describe('a list', () => {
  const list = { type: 'x.row', headings: { ID: 'IMAGE ID', Size: 'SIZE' }, columns: ['ID', 'Size'], quiet: 'ID' };
  const rows = [
    { ID: 'a-long-identifier', Size: '1B' },
    { ID: 'b', Size: '20MB' },
  ];
  it('is a table as Docker draws it', () => {
    assert.equal(
      listing(rows, list, {}),
      'IMAGE ID            SIZE\na-long-identifier   1B\nb                   20MB\n',
    );
    assert.equal(listing([], list, {}), 'IMAGE ID   SIZE\n');
  });
  it('has other columns, other lines, JSON, or ids alone', () => {
    assert.equal(listing(rows, list, { format: 'table {{.Size}}\\t{{.ID}}' }).split('\n')[0], 'SIZE      IMAGE ID');
    assert.equal(listing(rows, list, { format: '{{.ID}}={{.Size}}' }), 'a-long-identifier=1B\nb=20MB\n');
    assert.equal(listing(rows, list, { format: 'json' }).split('\n')[1], '{"ID":"b","Size":"20MB"}');
    assert.equal(listing(rows, list, { quiet: true }), 'a-long-identifier\nb\n');
  });
});

describe('sizes and ages', () => {
  it('are Docker’s', () => {
    const sizes: [number, string][] = [
      [0, '0B'],
      [999, '999B'],
      [1000, '1kB'],
      [4_261_502, '4.26MB'],
      [77_900_000, '77.9MB'],
      [124_000_000, '124MB'],
      [1_200_000_000, '1.2GB'],
    ];
    for (const [bytes, text] of sizes) assert.equal(humanSize(bytes), text);
    const now = 2_000_000_000;
    const ages: [number, string][] = [
      [0, 'Less than a second ago'],
      [1, '1 second ago'],
      [59, '59 seconds ago'],
      [60, 'About a minute ago'],
      [3600, 'About an hour ago'],
      [47 * 3600, '47 hours ago'],
      [3 * 86_400, '3 days ago'],
      [21 * 86_400, '3 weeks ago'],
      [100 * 86_400, '3 months ago'],
      [800 * 86_400, '2 years ago'],
    ];
    for (const [seconds, text] of ages) assert.equal(ago(now - seconds, now), text);
    assert.equal(ago(0), 'N/A');
    assert.equal(goMoment('2026-11-27T13:01:20.060Z'), '2026-11-27 13:01:20.06 +0000 UTC');
    for (const whole of ['2026-11-27T13:01:20Z', '2026-11-27T13:01:20.000Z'])
      assert.equal(goMoment(whole), '2026-11-27 13:01:20 +0000 UTC');
  });
});

describe('progress', () => {
  const messages = [
    { id: 'abc', status: 'Pulling fs layer' },
    { id: 'def', status: 'Pulling fs layer' },
    { id: 'abc', status: 'Downloading', progressDetail: { current: 500, total: 1000 } },
    { id: 'abc', status: 'Pull complete' },
    { id: 'abc', status: 'Pull complete' },
    { status: 'Status: done' },
    { stream: 'Loaded image: x\n' },
    { aux: { ID: 'x' } },
  ];
  const shown = (screen: { isTTY?: boolean; columns?: number }, manner = {}): string => {
    let text = '';
    const tell = progressOn({ ...screen, write: (piece: string) => (text += piece) }, manner);
    messages.forEach(tell);
    return text;
  };

  it('is a line for each state, without bars, where nobody looks on', () => {
    const lines = 'abc: Pulling fs layer\ndef: Pulling fs layer\nabc: Pull complete\nStatus: done\nLoaded image: x\n';
    assert.equal(shown({}), lines);
    assert.equal(shown({ isTTY: true }, { plain: true }), lines);
    assert.equal(shown({}, { quiet: true }), '');
  });

  it('writes over the line of a layer on a terminal, within its width', () => {
    const text = shown({ isTTY: true, columns: 60 });
    const up = (rows: number): string => `\x1b[${rows}A\x1b[2K\r`;
    assert(text.startsWith(`\n${up(1)}abc: Pulling fs layer\r\x1b[1B\n${up(1)}def: Pulling fs layer\r\x1b[1B`));
    const [, bar = ''] = /abc: (Downloading[^\r]*)/.exec(text) ?? [];
    assert.match(bar, /^Downloading \[=+> +\] +500B\/1kB$/);
    assert(`abc: ${bar}`.length < 60);
    assert(text.includes(`${up(2)}abc: Pull complete`));
  });
});
