import assert from 'node:assert/strict';
import {
  expand,
  expandInstruction,
  expandWords,
  parseDockerfile,
  type Instruction,
} from '../../../../src/builder/dockerfile/index.ts';

const variables = new Map([
  ['a', 'one'],
  ['b', 'two three'],
  ['empty', ''],
  ['path', '/usr/local/bin/tool.tar.gz'],
  ['raw', '$a "q" \\x'],
  ['stars', 'a*b*c'],
]);

const table: Readonly<Record<string, string>> = {
  $a: 'one',
  '${a}s': 'ones',
  $as: '',
  '$a-$b': 'one-two three',
  $none: '',
  '${none:-x}': 'x',
  '${none-x}': 'x',
  '${empty:-x}': 'x',
  '${empty-x}': '',
  '${a:-x}': 'one',
  '${a:+x}': 'x',
  '${empty:+x}': '',
  '${empty+x}': 'x',
  '${none+x}': '',
  '${none:-${empty:-$a}}': 'one',
  "${none:-'}'}": '}',
  '${a:?never}': 'one',
  // What a variable holds is not read again.
  $raw: '$a "q" \\x',
  "'$a'": '$a',
  '"$a"': 'one',
  '"\'$a\'"': "'one'",
  '\\$a': '$a',
  '"\\$a"': '$a',
  '"\\a"': '\\a',
  '\\a': 'a',
  'a\\': 'a',
  '"a b"c\' d\'': 'a bc d',
  $: '$',
  '$.': '$.',
  $$: '',
  $1x: 'x',
  '${path#*/}': 'usr/local/bin/tool.tar.gz',
  '${path##*/}': 'tool.tar.gz',
  '${path%.*}': '/usr/local/bin/tool.tar',
  '${path%%.*}': '/usr/local/bin/tool',
  '${path%x}': '/usr/local/bin/tool.tar.gz',
  '${path#?usr}': '/local/bin/tool.tar.gz',
  '${path/local/share}': '/usr/share/bin/tool.tar.gz',
  '${path//t*l/x}': '/usr/local/bin/x.tar.gz',
  '${path//\\//:}': ':usr:local:bin:tool.tar.gz',
  '${path/none/x}': '/usr/local/bin/tool.tar.gz',
  '${path//z*q/x}': '/usr/local/bin/tool.tar.gz',
  '${stars//\\*/+}': 'a+b+c',
  '${stars#a\\*}': 'b*c',
  '${none#x}': '',
};

describe('a word', () => {
  for (const [word, wanted] of Object.entries(table))
    it(`${word} becomes ${JSON.stringify(wanted)}`, () => assert.equal(expand(word, variables), wanted));

  it('takes ` for its escape when the Dockerfile says so', () => {
    assert.equal(expand('C:\\$a`$a"`""', variables, '`'), 'C:\\one$a"');
  });

  it('becomes several where blanks are not quoted', () => {
    assert.deepEqual(expandWords('$b', variables), ['two', 'three']);
    assert.deepEqual(expandWords('"$b" x\\ y $none  z', variables), ['two three', 'x y', 'z']);
  });

  it('may demand a variable, with words of its own', () => {
    assert.throws(() => expand('${none:?give me one}', variables), /none: give me one/);
    assert.throws(() => expand('${empty:?}', variables), /empty: is not allowed to be empty/);
    assert.throws(() => expand('${none?}', variables), /none: is not allowed to be unset/);
    assert.equal(expand('${empty?x}', variables), '');
  });

  it('does not grow without end', () => {
    let value = 'x'.repeat(1000);
    assert.throws(() => {
      for (let round = 0; round < 64; round++) value = expand('$v$v', new Map([['v', value]]));
    }, /longer than/);
    assert.throws(() => expand('${a:-'.repeat(20_000), new Map()), /deep/);
  });

  it('takes little time for a pattern that is made to take much', () => {
    const long = new Map([['v', 'a'.repeat(30_000)]]);
    assert.equal(expand(`\${v//${'a*'.repeat(100)}b/x}`, long), long.get('v'));
    assert.equal(expand(`\${v%%${'*a'.repeat(100)}b}`, long), long.get('v'));
    assert.throws(() => expand(`\${v//${'?'.repeat(30_000)}/x}`, long), /a pattern of 30000 parts/);
  });
});

describe('an instruction', () => {
  const after = (text: string): Record<string, unknown> => {
    const [instruction] = parseDockerfile(`FROM lab\n${text}`).stages[0]!.instructions;
    return expandInstruction(instruction!, variables) as Instruction & Record<string, unknown>;
  };

  it('has its words expanded, if it is one that expands', () => {
    assert.deepEqual(after('ENV x="$b" $a=y').pairs, [
      { name: 'x', value: 'two three' },
      { name: 'one', value: 'y' },
    ]);
    assert.deepEqual(after('EXPOSE $b 80').ports, ['two', 'three', '80']);
    assert.equal(after('WORKDIR /$a/$b').path, '/one/two three');
    assert.deepEqual(after('COPY --chown=$a $a "$b" /x').sources, [{ path: 'one' }, { path: 'two three' }]);
    assert.equal(after('COPY --chown=$a a /x').chown, 'one');
    assert.deepEqual(after('VOLUME ["/$a"]').paths, ['/one']);
    assert.deepEqual(after('ARG c=$a').args, [{ name: 'c', value: 'one' }]);
    assert.equal(after('USER ${none:-u}').user, 'u');
    assert.equal(after('STOPSIGNAL $a').signal, 'one');
  });

  it('has them as they are, if it is one that leaves them to a shell', () => {
    assert.deepEqual(after('RUN echo $a').command, { form: 'shell', text: 'echo $a' });
    assert.deepEqual(after('CMD ["$a"]').command, { form: 'exec', words: ['$a'] });
    assert.equal(after('ONBUILD ENV x=$a').trigger, 'ENV x=$a');
    assert.equal(after('COPY --from=$a x /y').from, '$a');
  });

  it('has the variables of a heredoc that is copied, but no quotes taken off', () => {
    const content = (name: string): unknown => {
      const [source] = after(`COPY <<${name} /x\n"$a" \\$a\nE\n`).sources as { inline: { content: string } }[];
      return source!.inline.content;
    };
    assert.equal(content('E'), '"one" $a\n');
    assert.equal(content("'E'"), '"$a" \\$a\n');
  });

  it('has its mounts read again', () => {
    const text = 'RUN --mount=type=cache,target=/$a,uid=${none:-7},sharing=${none:-private} x';
    const [mount] = after(text).mounts as Record<string, unknown>[];
    assert.equal(mount!.target, '/one');
    assert.equal(mount!.uid, 7);
    assert.equal(mount!.sharing, 'private');
    assert.throws(() => after('RUN --mount=type=cache,target=/x,uid=$a y'), /^DrydockError: line 2: uid is 'one'/);
  });

  it('names its line when a variable is missing', () => {
    assert.throws(() => after('ENV x=${none:?no}'), /^DrydockError: line 2: none: no/);
  });
});
