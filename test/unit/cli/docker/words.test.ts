/** What is typed: options, amounts, times, keys. docker itself is asked in test/clients/side-by-side. */
import assert from 'node:assert/strict';
import { Escape, keysOf } from '../../../../src/cli/docker/detach-keys.ts';
import { integer, list, pairs, readFlags, text, toggle } from '../../../../src/cli/docker/flags.ts';
import { indented } from '../../../../src/cli/docker/json-text.ts';
import { portText } from '../../../../src/cli/docker/port-text.ts';
import { dockerWords, isForEngine } from '../../../../src/cli/docker/verbs.ts';
import { billionths, bytes } from '../../../../src/cli/docker/values.ts';
import { duration, moment } from '../../../../src/moment.ts';

describe('options as pflag reads them', () => {
  const flags = {
    all: toggle('', { short: 'a' }),
    it: toggle('', { short: 'i' }),
    port: list('', { short: 'p' }),
    name: text('', { short: 'n', fallback: 'none' }),
    count: integer('', { short: 'c' }),
    opt: pairs(''),
  };
  const read = (line: string, stops = false): object => {
    const { values, words } = readFlags(flags, line.split(' ').filter(Boolean), stops);
    const told = Object.entries(values).filter(([name]) => name in flags);
    return { ...Object.fromEntries(told), words };
  };
  const nothing = { all: false, it: false, port: [], name: 'none', count: undefined, opt: {}, words: [] as string[] };
  const cases: [line: string, found: object][] = [
    ['', {}],
    ['-ai x', { all: true, it: true, words: ['x'] }],
    ['-p80 -p 81 -p=82 --port 83 --port=84', { port: ['80', '81', '82', '83', '84'] }],
    ['-aip80', { all: true, it: true, port: ['80'] }],
    ['--all=false --it=1', { it: true }],
    ['--all x', { all: true, words: ['x'] }],
    ['x --name y z', { name: 'y', words: ['x', 'z'] }],
    ['-- --name y', { words: ['--name', 'y'] }],
    ['--count -5 --name=', { count: -5, name: '' }],
    ['--opt a=b=c --opt d --opt a=e', { opt: { a: 'e', d: '' } }],
    ['- x', { words: ['-', 'x'] }],
  ];
  for (const [line, found] of cases)
    it(`reads '${line}'`, () => assert.deepEqual(read(line), { ...nothing, ...found }));
  it('leaves everything from the first word on alone, where a verb says so', () =>
    assert.deepEqual(read('-a x -a --name', true), { ...nothing, all: true, words: ['x', '-a', '--name'] }));

  const wrong: [line: string, message: string][] = [
    ['--foo', 'unknown flag: --foo'],
    ['-az', "unknown shorthand flag: 'z' in -z"],
    ['--name', 'flag needs an argument: --name'],
    ['-an', "flag needs an argument: 'n' in -n"],
    ['--all=x', 'invalid argument "x" for "-a, --all" flag: strconv.ParseBool: parsing "x": invalid syntax'],
    ['-c x', 'invalid argument "x" for "-c, --count" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    ['--constructor', 'unknown flag: --constructor'],
  ];
  for (const [line, message] of wrong)
    it(`refuses '${line}'`, () => assert.throws(() => read(line), { code: 'BAD_USAGE', message }));
});

describe('amounts and times', () => {
  it('are bytes in binary units', () => {
    const cases = { '512': 512, '64m': 64 << 20, '1.5GiB': 1.5 * 2 ** 30, '2kb': 2048, '3B': 3 };
    for (const [typed, wanted] of Object.entries(cases)) assert.equal(bytes(typed), wanted, typed);
    for (const typed of ['', 'x', '-1', '1x', '1 2', '1mmm']) assert.throws(() => bytes(typed), /invalid/, typed);
  });
  it('are durations as Go writes them', () => {
    const cases = { '1m30s': 90e9, '250ms': 250e6, '0': 0, '1.5h': 5400e9, '-2s': -2e9, '3µs': 3000 };
    for (const [typed, wanted] of Object.entries(cases)) assert.equal(duration(typed), wanted, typed);
    for (const typed of ['', '5', 'x', '1y', 's']) assert.throws(() => duration(typed), /duration/, typed);
  });
  it('are processors to the billionth', () => {
    assert.deepEqual(['1.5', '.25', '2'].map(billionths), [1.5e9, 0.25e9, 2e9]);
    for (const typed of ['x', '', '.']) assert.throws(() => billionths(typed), /rational/, typed);
  });
  it('are moments: seconds, dates, or how long ago', () => {
    assert.equal(moment('1425290400.5'), '1425290400.5');
    assert.equal(moment('2015-03-02T10:00:00Z'), '1425290400.000000000');
    assert.equal(moment('2015-03-02T10:00:00.123456789Z'), '1425290400.123456789');
    assert.equal(moment('2015-03-02T10:00:00+01:00'), '1425286800.000000000');
    assert.equal(moment('10m', 1_425_290_400_000), '1425289800.000000000');
    assert.throws(() => moment('yesterday'), /failed to parse value as time or duration: "yesterday"/);
  });
});

describe('the detach keys', () => {
  const take = (escape: Escape, ...chunks: string[]): [string, boolean][] =>
    chunks.map((chunk) => {
      const { out, isOver } = escape.take(Buffer.from(chunk));
      return [out.toString(), isOver];
    });
  it('are ctrl-p ctrl-q, or what somebody says', () => {
    assert.deepEqual([...keysOf('')], [16, 17]);
    assert.deepEqual([...keysOf('ctrl-a,x,ctrl-[')], [1, 120, 27]);
    assert.deepEqual([...keysOf('ctrl-@,ctrl-\\,ctrl-],ctrl-^,ctrl-_,ctrl-z,DEL')], [0, 28, 29, 30, 31, 26, 127]);
    for (const [keys, unknown] of [
      ['ctrl-a,foo', 'foo'],
      ['ctrl-A', 'ctrl-A'],
      ['ctrl-', 'ctrl-'],
      ['a,', ''],
      ['ä', 'ä'],
    ] as const)
      assert.throws(() => keysOf(keys), { code: 'BAD_USAGE', message: `Unknown character: '${unknown}'` });
  });
  it('never reach the program, and half of them do when it was not meant', () => {
    assert.deepEqual(take(new Escape(keysOf('')), 'ab\x10', '\x11'), [
      ['ab', false],
      ['', true],
    ]);
    assert.deepEqual(take(new Escape(keysOf('')), 'a\x10', 'b'), [
      ['a', false],
      ['\x10b', false],
    ]);
    assert.deepEqual(take(new Escape(keysOf('')), '\x10\x10\x11'), [['\x10', true]]);
  });
});

describe('what is printed', () => {
  it('is JSON with its numbers and signs as they came', () => {
    const text = '{"a":[],"b":{},"c":[1e400,9223372036854775807],"d":"x: {,}\\u003c\\""}';
    const lines = ['{', '    "a": [],', '    "b": {},', '    "c": [', '        1e400,', '        9223372036854775807'];
    assert.equal(indented(text), [...lines, '    ],', '    "d": "x: {,}\\u003c\\""', '}'].join('\n'));
  });
  it('are ports in ranges', () => {
    const at = (PrivatePort: number, PublicPort?: number, IP?: string): object => ({
      PrivatePort,
      PublicPort,
      IP,
      Type: 'tcp',
    });
    const ports = [
      at(82, 82, '0.0.0.0'),
      at(80, 80, '0.0.0.0'),
      at(81, 81, '0.0.0.0'),
      at(90),
      at(91),
      at(70, 7000, '::'),
    ];
    assert.equal(portText(ports as never), '0.0.0.0:80-82->80-82/tcp, 90-91/tcp, [::]:7000->70/tcp');
  });
});

describe('the verbs that ask an engine', () => {
  it('have a bundle of their own', async () => {
    const { readFileSync } = await import('node:fs');
    const loader = readFileSync('scripts/loader.cjs', 'utf8');
    const known = [...loader.matchAll(/'([a-z ]+)'/g)].flatMap(([, words]) => words!.split(' '));
    assert.deepEqual(
      dockerWords().filter((name) => !known.includes(name)),
      [],
    );
  });
  it('are known by their first word', () => {
    for (const word of ['ps', 'container', '-H', '-Hunix:///x', '--host=x', '--tlsverify'])
      assert(isForEngine(word), word);
    for (const word of ['try', 'oci', '--help', '--hosted', '-x', 'constructor']) assert(!isForEngine(word), word);
  });
});
