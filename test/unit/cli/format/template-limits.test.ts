/** Templates at the ends of what can be read and filled; the answers are those of Docker 28 (text/template of Go 1.24). */
import assert from 'node:assert/strict';
import { listing, struct } from '../../../../src/cli/format/listing.ts';
import { template } from '../../../../src/cli/format/template.ts';
import { TemplateError } from '../../../../src/cli/format/template/errors.ts';
import { TokenReader } from '../../../../src/cli/format/template/token-reader.ts';
import { Nil, shaped } from '../../../../src/cli/format/template/values.ts';

/** Go's text is between the marks; everything else about the error is ours. */
function fails(text: string, message: RegExp, value: unknown = {}): void {
  assert.throws(
    () => template(text)(value),
    (error) => {
      assert.ok(error instanceof TemplateError, String(error));
      assert.match(error.message, message);
      return true;
    },
  );
}

const check = (cases: readonly (readonly [text: string, filled: string])[], value: unknown = {}): void => {
  for (const [text, filled] of cases) it(`fills ${text}`, () => assert.equal(template(text)(value), filled));
};

describe('a range', () => {
  check(
    [
      ['{{$x := 1}}{{$y := 2}}{{range $x = .L}}[{{$x}} {{$y}}]{{end}}{{$x}}', '[one 2][two 2]two'],
      [
        '{{$x := 1}}{{$i := 2}}{{$y := 3}}{{range $i, $x = .L}}[{{$i}} {{$x}} {{$y}}]{{end}}{{$i}} {{$x}}',
        '[a one 3][b two 3]b two',
      ],
      ['{{$x := 1}}{{range $x, $x = .L}}[{{$x}}]{{end}}', '[one][two]'],
      ['{{range $k, $v := .L}}[{{$k}} {{$v}}]{{end}}', '[a one][b two]'],
    ],
    { L: { a: 'one', b: 'two' } },
  );

  const list = { type: 'x.row', headings: { ID: 'ID' }, columns: ['ID'] };
  const row = struct({ ID: 'a', Label: (word) => word }, list);
  it('does not go over a struct', () => {
    for (const text of ['{{range .}}{{json .}}{{end}}', '{{range .}}{{printf "%v" .}}{{end}}'])
      fails(text, /at <\.>: range can't iterate over/, row);
  });
  it('finds no method among what a map has', () => {
    for (const text of ['{{range .}}{{json .}}{{end}}', '{{len .}} {{.}}{{index . "Label"}}'])
      assert.doesNotMatch(listing([], list, { format: `table ${text}` }), /=>|func/);
    assert.equal(template('{{len .}} {{.}}')(shaped({ f: () => 1 }, { kind: 'map', zero: '' })), '0 map[]');
  });
  it('shows no method of a struct', () => {
    assert.doesNotMatch(template('{{printf "%v" .}} {{printf "%+v" .}} {{.}} {{json .}}')(row), /=>/);
    fails('{{json .}}', /json: unsupported type: func\(string\) string/, () => 1);
    assert.equal(template('{{eq . .}}')(row), 'true');
    fails('{{eq . .}}', /non-comparable type %!v\(func/, () => 1);
    assert.equal(
      template('{{printf "%v" .}}')(() => 1),
      '%!v(func(string) string)',
    );
  });
});

describe('a map that nobody has filled', () => {
  const value = { M: new Nil('map'), P: shaped(new Nil('map'), { kind: 'map', zero: '', key: 'nat.Port' }) };
  check([['{{.M.of}} {{index .M "of"}}', '<no value> <no value>']], value);
  it('is not asked for keys that are no texts', () => {
    fails('{{.P.of}}', /can't evaluate field of/, value);
    fails('{{index .P "of"}}', /should be nat\.Port/, value);
  });
});

describe('depth', () => {
  const nested = (open: string, inner: string, close: string, count: number): string =>
    open.repeat(count) + inner + close.repeat(count);

  it('of templates without an end is an error in Go’s words', () => {
    const text = '{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}';
    fails(
      text,
      /^template: :1:25: executing "a" at <\{\{template "a" \.\}\}>: exceeded maximum template depth \(100000\)$/,
    );
    fails('{{define "a"}}{{if true}}{{template "a"}}{{end}}{{end}}{{template "a"}}', /maximum template depth/);
  });
  it('of some hundreds is filled', () => {
    const down = '{{define "a"}}{{if .}}{{template "a" (slice . 1)}}{{end}}.{{end}}{{template "a" .}}';
    assert.equal(template(down)('x'.repeat(200)).length, 201);
    assert.equal(template(nested('{{if true}}', 'x', '{{end}}', 300))(0), 'x');
    assert.equal(template(`{{${nested('(', '1', ')', 300)}}}`)(0), '1');
  });
  it('beyond the stack is an error of the template', () => {
    fails(nested('{{if true}}', 'x', '{{end}}', 30_000), /exceeded the depth/);
    fails(`{{${nested('(', '1', ')', 30_000)}}}`, /exceeded the depth/);
  });
  it('is not that of comments', () => {
    assert.equal(template(`a${'{{/* a */}}'.repeat(20_000)}b`)(0), 'ab');
  });
  it('is not needed to go back among many words', () => {
    const reader = new TokenReader('{{$a $b}}', '');
    reader.nextWord();
    const place = reader.place();
    assert.equal(reader.next().text, '$a');
    assert.equal(reader.nextWord().text, '$b');
    reader.backTo(place);
    assert.equal(reader.next().text, '$a');
  });
});

describe('printf', () => {
  check([
    ['{{printf "%.200f" 1.5}}', `1.5${'0'.repeat(199)}`],
    ['{{printf "%.200e" 1.5}}', `1.5${'0'.repeat(199)}e+00`],
    ['{{printf "%.200g" 1.1}}', '1.100000000000000088817841970012523233890533447265625'],
    ['{{printf "%.60f" 1e-5}}', '0.000010000000000000000818030539140313095458623138256371021271'],
    ['{{printf "%f" 1e22}} {{printf "%.0f" 1e25}}', '10000000000000000000000.000000 10000000000000000905969664'],
    ['{{printf "%.0f %.0f %.1f %.3g %.1e" 0.5 2.5 0.25 1234567.0 9.95}}', '0 2 0.2 1.23e+06 9.9e+00'],
    ['{{printf "%g %g %v %g" 1e6 1e-5 123456.5 1e20}}', '1e+06 1e-05 123456.5 1e+20'],
    ['{{printf "%.0e|%.0g|%.20g|%.3g" 1.5 25.0 100000.0 0.0}}', '2e+00|2e+01|100000|0'],
    ['{{printf "%e %g %f %g" 0.0 0.0 -0.0 0.25}}', '0.000000e+00 0 -0.000000 0.25'],
    ['{{printf "%010.2f|%+.1f|%-8.1f|" -1.25 2.0 3.0}}', '-000001.25|+2.0|3.0     |'],
    ['{{printf "%.*f|%.*d" -3 1.5 -3 5}}', '%!(BADPREC)1.500000|%!(BADPREC)5'],
    ['{{printf "%9999999999d" 1}}', '%!(NOVERB)%!(EXTRA int=1)'],
    ['{{printf "a%.10000010d|%d" 1 2}}', 'a%!(NOVERB)%!(EXTRA int=1, int=2)'],
    ['{{printf "%10000009d|" 1 | len}}', '10000010'],
    ['{{printf "%*d" 1000000000 1}}|{{printf "%.*d" 1000000000 1}}', '%!(BADWIDTH)1|%!(BADPREC)1'],
    ['{{printf "%*d" -1000001 1}}|{{printf "%*d"}}', '%!(BADWIDTH)1|%!(BADWIDTH)%!d(MISSING)'],
    ['{{printf "%[9999999999]d" 1}}|{{printf "%[x]d %d" 1 2}}', '%!d(BADINDEX)|%!d(BADINDEX) 1'],
    ['{{printf "%[3]*d" 1 3}}|{{printf "%[3]*.[2]d %d" 1 2}}', '%!d(BADINDEX)|%!d(BADINDEX) 2'],
    [
      '{{printf "%[2]*[1]d|%[5]d %d" 1 3}}|{{printf "%[]d %[0]d" 1}}',
      '  1|%!d(BADINDEX) 3|%!d(BADINDEX) %!d(BADINDEX)',
    ],
    ['{{printf "%5.2s|%-4s|%.3s|%2s" "é😀x" "😀" "😀😀😀😀" "😀😀"}}', '   é😀|😀   |😀😀😀|😀😀'],
    ['{{printf "%-010d|%5%" 1}}', '1         |%'],
  ]);
  it('and pad end where strings do', () => {
    fails('{{pad "x" 1 1000000000}}', /error calling pad: runtime error: makeslice: len out of range/);
    fails('{{$a := pad "x" 1 16000000}}{{range 40}}{{$a}}{{end}}', /longer than a string can be/);
  });
});

describe('white space', () => {
  for (const [name, sign] of [
    ...([
      ['U+00A0', '\u00a0'],
      ['U+000B', '\v'],
      ['U+000C', '\f'],
    ] as const),
    ...([
      ['U+2028', '\u2028'],
      ['U+FEFF', '\ufeff'],
      ['U+0085', '\u0085'],
    ] as const),
  ])
    it(`of Go's templates is not ${name}`, () => {
      const code = name.replace('+', '\\+');
      fails(`{{1${sign}}}`, new RegExp(`unrecognized character in action: ${code}$`));
      fails(`{{.Id${sign}}}`, new RegExp(`bad character ${code}$`));
      fails(`{{-${sign}1}}`, /illegal number syntax: "-"/);
      assert.equal(template(`a${sign} {{- 1 -}} ${sign}b`)({}), `a${sign}1${sign}b`);
      fails(`{{1${sign}-}} b`, /unrecognized character/);
    });
  it('is blank, tab, and the ends of lines', () =>
    assert.equal(template('a \t\r\n{{-\t1\r|\nprint\n-}}\r\n\t b')({}), 'a1b'));
  it('is any in a definition that says nothing', () =>
    assert.equal(template('{{define "a"}}x{{end}}{{define "a"}}\u0085\v{{end}}{{template "a"}}')({}), 'x'));
});

describe('a constant', () => {
  for (const text of ['0o', '0x', '0b', '0_', '1e999', '-1e999', '1__0.5', '1_.5', '1._5', '1e'])
    it(`is not ${text}`, () => fails(`{{${text}}}`, new RegExp(`illegal number syntax: "${text}"`)));
  for (const text of ['"\\ud800"', '"\\U0000d800"', "'\\udfff'"])
    it(`is not ${text}`, () => fails(`{{${text}}}`, /^template: :1: invalid syntax$/));
  for (const text of ['0x1p4', '2i']) it(`is not ${text}, which Go knows`, () => fails(`{{${text}}}`, /number syntax/));
  check([
    [
      '{{1_0.5_0}} {{1_0e1_0}} {{.5}} {{5.}} {{+1}} {{1e-400}} {{0o17}} {{0_17}} {{08.5}}',
      '10.5 1e+11 0.5 5 1 0 15 15 8.5',
    ],
  ]);
});
