import assert from 'node:assert/strict';
import { parseDockerfile, parseTrigger, type Instruction } from '../../../../src/builder/dockerfile/index.ts';

/** The instructions of one stage, without what they all have. */
const read = (text: string): unknown[] => parseDockerfile(`FROM lab\n${text}`).stages[0]!.instructions.map(bare);

function bare(instruction: Instruction): unknown {
  const { line: _line, lastLine: _last, original: _original, ...rest } = instruction;
  return JSON.parse(JSON.stringify(rest));
}

/** The only instruction. */
const one = (text: string): unknown => {
  const all = read(text);
  assert.equal(all.length, 1, `one instruction in ${text}`);
  return all[0];
};

const shell = (text: string): unknown => ({ kind: 'run', command: { form: 'shell', text }, mounts: [], heredocs: [] });
const copied = { link: false, excludes: [], parents: false };

describe('the lines of a Dockerfile', () => {
  it('are joined where a row ends with the escape, as the rows are', () => {
    assert.deepEqual(one('RUN echo a\\\nb'), shell('echo ab'));
    assert.deepEqual(one('RUN echo a \\  \n  b'), shell('echo a   b'));
  });

  it('are not joined by a doubled escape', () => {
    assert.deepEqual(read('RUN echo C:\\\\\nRUN b'), [shell('echo C:\\\\'), shell('b')]);
  });

  it('go on through comments, and through empty rows with a warning', () => {
    const { stages, warnings } = parseDockerfile('FROM lab\nRUN a \\\n  # no\n\n b\n');
    assert.deepEqual(bare(stages[0]!.instructions[0]!), shell('a  b'));
    assert.deepEqual(warnings, [{ line: 2, message: 'Empty continuation line found in:\n    RUN a  b' }]);
  });

  it('may end with a carriage return', () => {
    assert.deepEqual(read('RUN a \\\r\n b\r\nUSER x\r\n'), [shell('a  b'), { kind: 'user', user: 'x' }]);
  });

  it('may begin with a byte order mark and blanks', () => {
    assert.equal(parseDockerfile('\uFEFF  from lab').stages[0]!.base, 'lab');
  });

  it('end where the file does, also behind an escape', () => {
    assert.deepEqual(one('RUN a \\'), shell('a'));
  });

  it('say where they begin and end, and what they were', () => {
    const { instructions } = parseDockerfile('FROM lab\n\nRUN  a \\\n  b\nCOPY <<E /x\n1\nE\n').stages[0]!;
    const places = instructions.map(({ line, lastLine, original }) => ({ line, lastLine, original }));
    assert.deepEqual(places, [
      { line: 3, lastLine: 4, original: 'RUN  a   b' },
      { line: 5, lastLine: 7, original: 'COPY <<E /x' },
    ]);
  });
});

describe('the directives', () => {
  it('set the escape and name the syntax', () => {
    const file = parseDockerfile('# syntax=docker/dockerfile:1\n#ESCAPE = `\nFROM lab\nENV a=b` c d=`\ne\n');
    assert.equal(file.escape, '`');
    assert.equal(file.syntax, 'docker/dockerfile:1');
    const [env] = file.stages[0]!.instructions;
    assert.deepEqual(bare(env!), {
      kind: 'env',
      pairs: [
        { name: 'a', value: 'b` c' },
        { name: 'd', value: 'e' },
      ],
    });
  });

  it('are comments behind a comment, an empty row or an instruction', () => {
    for (const before of ['# a comment\n', '\n', 'ARG a\n', '# unknown=1\n'])
      assert.equal(parseDockerfile(`${before}# escape=\`\nFROM lab\n`).escape, '\\', before);
  });
});

describe('the stages', () => {
  it('begin with FROM and have their instructions', () => {
    const { args, stages } = parseDockerfile(
      'ARG v=1 w\nFROM --platform=$P a:${v} As Base-1\nRUN x\nfrom base-1\nUSER y\nUSER z\n',
    );
    assert.deepEqual(args.map(bare), [{ kind: 'arg', args: [{ name: 'v', value: '1' }, { name: 'w' }] }]);
    const seen = stages.map(({ index, name, base, platform, instructions }) => [
      index,
      name,
      base,
      platform,
      instructions.length,
    ]);
    assert.deepEqual(seen, [
      [0, 'base-1', 'a:${v}', '$P', 1],
      [1, undefined, 'base-1', undefined, 2],
    ]);
  });
});

describe('an instruction', () => {
  it('takes its name in any case', () => {
    assert.deepEqual(one('wOrKdIr /x y '), { kind: 'workdir', path: '/x y' });
  });

  it('runs a list of words without a shell, and anything else with one', () => {
    const cmd = (command: unknown): unknown => ({ kind: 'cmd', command });
    assert.deepEqual(one('CMD ["a", "b\\u0063"]'), cmd({ form: 'exec', words: ['a', 'bc'] }));
    assert.deepEqual(one('CMD []'), cmd({ form: 'exec', words: [] }));
    assert.deepEqual(one("CMD ['a']"), cmd({ form: 'shell', text: "['a']" }));
    assert.deepEqual(one('CMD [ -f /x ] && y'), cmd({ form: 'shell', text: '[ -f /x ] && y' }));
    assert.deepEqual(one('CMD'), cmd({ form: 'shell', text: '' }));
  });

  it('ENV and LABEL take pairs, or one name and all that follows', () => {
    const pairs = (text: string): unknown => (one(`ENV ${text}`) as { pairs: unknown }).pairs;
    assert.deepEqual(pairs('a="b c" d=e\\ f g=\'h"\' i='), [
      { name: 'a', value: '"b c"' },
      { name: 'd', value: 'e\\ f' },
      { name: 'g', value: "'h\"'" },
      { name: 'i', value: '' },
    ]);
    assert.deepEqual(pairs('msg  it is  "so" = '), [{ name: 'msg', value: 'it is  "so" =' }]);
  });

  it('ARG takes names with and without values', () => {
    assert.deepEqual(one('ARG a b= c="d e"'), {
      kind: 'arg',
      args: [{ name: 'a' }, { name: 'b', value: '' }, { name: 'c', value: '"d e"' }],
    });
  });

  it('COPY takes flags, paths and a list', () => {
    assert.deepEqual(one('COPY --from=0 --chown="1:2" --link --exclude=a --exclude=*.b --parents=false x y /z/'), {
      kind: 'copy',
      ...copied,
      sources: [{ path: 'x' }, { path: 'y' }],
      destination: '/z/',
      from: '0',
      chown: '1:2',
      link: true,
      excludes: ['a', '*.b'],
    });
    assert.deepEqual(one('COPY ["a b", "c"]'), {
      kind: 'copy',
      ...copied,
      sources: [{ path: 'a b' }],
      destination: 'c',
    });
  });

  it('ADD takes a checksum and says whether it unpacks', () => {
    const add = one('ADD --checksum=sha256:1 --unpack=false --keep-git-dir --chmod=0644 http://x/y /z');
    assert.deepEqual(add, {
      kind: 'add',
      sources: [{ path: 'http://x/y' }],
      destination: '/z',
      chmod: '0644',
      link: false,
      excludes: [],
      checksum: 'sha256:1',
      keepGitDir: true,
      unpack: false,
    });
  });

  it('RUN takes mounts, of which the default is a read-only bind', () => {
    const run = one(
      'RUN --mount=target=/a --mount=type=cache,dst=/c,sharing=locked,mode=0700,uid=1 ' +
        '--mount=type=secret,id=s,required,env=S --mount=type=tmpfs,target=/t,size=1m --network=none true',
    ) as { mounts: { written: string }[]; network: string };
    assert.deepEqual(
      run.mounts.map(({ written: _written, ...mount }) => mount),
      [
        { type: 'bind', target: '/a', readonly: true, required: false },
        { type: 'cache', target: '/c', sharing: 'locked', mode: 0o700, uid: 1, readonly: false, required: false },
        { type: 'secret', id: 's', env: 'S', readonly: true, required: true },
        { type: 'tmpfs', target: '/t', size: 1 << 20, readonly: false, required: false },
      ],
    );
    assert.equal(run.network, 'none');
  });

  it('HEALTHCHECK takes times and a command, or NONE', () => {
    assert.deepEqual(one('HEALTHCHECK --interval=1m30s --timeout=1.5s --retries=3 cmd ["a"]'), {
      kind: 'healthcheck',
      command: { form: 'exec', words: ['a'] },
      interval: 90e9,
      timeout: 1.5e9,
      retries: 3,
    });
    assert.deepEqual(one('HEALTHCHECK NONE'), { kind: 'healthcheck' });
  });

  it('EXPOSE is in order', () => {
    assert.deepEqual(one('EXPOSE 80 443/tcp 1-3 $P'), { kind: 'expose', ports: ['$P', '1-3', '443/tcp', '80'] });
  });

  it('ONBUILD keeps the text of its trigger, also the blanks at its end', () => {
    assert.deepEqual(one('onbuild  RUN a \\\n  b  '), { kind: 'onbuild', trigger: 'RUN a   b  ' });
    const trigger = parseTrigger('COPY . /x');
    assert.deepEqual(bare(trigger), { kind: 'copy', ...copied, sources: [{ path: '.' }], destination: '/x' });
  });
});

describe('a heredoc', () => {
  const doc = { name: 'E', expands: true, chomps: false };

  it('is a file to be copied, under its name', () => {
    assert.deepEqual(one('COPY <<-\'E\' x <<"F" /d/\n\ta\n\t\tb\n\tE\n$c\nF\n'), {
      kind: 'copy',
      ...copied,
      sources: [
        { inline: { name: 'E', expands: false, chomps: true, content: 'a\nb\n', line: 3 } },
        { path: 'x' },
        { inline: { name: 'F', expands: false, chomps: false, content: '$c\n', line: 6 } },
      ],
      destination: '/d/',
    });
  });

  it('alone is what the shell runs', () => {
    const run = one('RUN <<E\necho 1\n\n# not a comment of ours\nE\n') as { command: unknown; heredocs: unknown };
    assert.deepEqual(run.command, { form: 'shell', text: 'echo 1\n\n# not a comment of ours\n' });
    assert.deepEqual(run.heredocs, [{ ...doc, content: 'echo 1\n\n# not a comment of ours\n', line: 3 }]);
  });

  it('with an interpreter is a script', () => {
    const run = one('RUN <<-E\n\t#!/bin/cat\n\tx\nE\n') as { command: unknown };
    assert.deepEqual(run.command, { form: 'script', text: '#!/bin/cat\nx\n' });
  });

  it('beside a command is left to the shell, with its tabs', () => {
    const run = one('RUN cat <<-E 3<<F > /x\n\ta\n\tE\nb\nF\nUSER y'.replace('\nUSER y', '')) as { command: unknown };
    assert.deepEqual(run.command, { form: 'shell', text: 'cat <<-E 3<<F > /x\n\ta\nE\nb\nF' });
    const first = one('RUN <<E cat > /x\na\nE\n') as { command: unknown };
    assert.deepEqual(first.command, { form: 'shell', text: '<<E cat > /x\na\nE' });
  });

  it('is none where the shell would see none, or where no shell and no file is', () => {
    assert.deepEqual(read('RUN a <<< b\nRUN echo "<<E"\nRUN x << y\nLABEL a=<<E').length, 4);
    assert.deepEqual(one('RUN ["a", "<<E"]'), {
      kind: 'run',
      command: { form: 'exec', words: ['a', '<<E'] },
      mounts: [],
      heredocs: [],
    });
  });

  it('goes into a trigger with its text', () => {
    assert.deepEqual(one('ONBUILD RUN <<E\na\nE\n'), { kind: 'onbuild', trigger: 'RUN <<E\na\nE' });
    const { command } = parseTrigger('RUN <<E\na\nE') as { command: unknown } & Instruction;
    assert.deepEqual(command, { form: 'shell', text: 'a\n' });
  });
});
