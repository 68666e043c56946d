/** The parts of the builder that need no kernel. */
import assert from 'node:assert/strict';
import { scratch } from '../../../src/builder/base.ts';
import type { BuildEvent, State, Step } from '../../../src/builder/builder.ts';
import { cacheKey } from '../../../src/builder/key.ts';
import { parseDockerfile } from '../../../src/builder/dockerfile/index.ts';
import { follow, pathOf, type Found } from '../../../src/builder/files.ts';
import { goDuration } from '../../../src/builder/instructions/healthcheck.ts';
import { changedMode } from '../../../src/builder/mode.ts';
import { wholeGlob } from '../../../src/builder/dockerfile/glob.ts';
import { stagesFor, targetOf } from '../../../src/builder/stages.ts';
import { Transcript } from '../../../src/builder/transcript.ts';
import { Scope } from '../../../src/builder/variables.ts';
import type { Digest } from '../../../src/content/digest.ts';

describe('the key of an instruction', () => {
  const state = (id: string): State => ({ ...scratch(undefined), id: `sha256:${id}` as Digest });
  const depends = { says: 'RUN x', also: ['exec'], author: 'Ada', epoch: 7 };
  const key = cacheKey(state('a'), depends);

  it('is the same for the same, and another one for whatever is different', () => {
    assert.equal(cacheKey(state('a'), { ...depends }), key);
    assert.notEqual(cacheKey(state('b'), depends), key);
    const others = [{ says: 'RUN y' }, { also: ['shell'] }, { also: undefined }, { author: undefined }, { epoch: 8 }];
    for (const other of others) assert.notEqual(cacheKey(state('a'), { ...depends, ...other }), key);
  });

  it('depends on the platform where there is nothing before', () => {
    const platforms = ['linux/arm/v6', 'linux/arm/v7', 'linux/amd64', 'freebsd/amd64'];
    assert.equal(new Set(platforms.map((platform) => cacheKey(scratch(platform), depends))).size, platforms.length);
  });

  it('cannot be led to another by moving text from one part to the next', () => {
    assert.notEqual(cacheKey(state('a'), { says: 'ab', also: 'c' }), cacheKey(state('a'), { says: 'a', also: 'bc' }));
  });
});

describe('stages', () => {
  const file = parseDockerfile(
    'FROM a AS one\nFROM b AS two\nCOPY --from=one /x /x\nFROM c AS three\nFROM two\nRUN --mount=type=bind,from=0,target=/m true\n',
  );
  const needed = (target?: string): number[] =>
    stagesFor(file, targetOf(file, target), new Scope({}, new Map())).map(({ index }) => index);

  it('are those that the target needs, through FROM, COPY and mounts', () => {
    assert.deepEqual([needed(), needed('two'), needed('one'), needed('2')], [[0, 1, 3], [0, 1], [0], [2]]);
  });

  it('have names, and one that is misspelled is told the nearest', () => {
    assert.throws(() => targetOf(file, 'thre'), { message: /target thre/, hint: /'three'/ });
  });
});

describe('files of a context', () => {
  const tree = new Map<string, string | undefined>([
    ['/d', undefined],
    ['/d/up', '../../../e'],
    ['/abs', '/d'],
    ['/loop', 'loop'],
  ]);
  const files = {
    lstat: (path: string): Found | undefined =>
      tree.has(path)
        ? ({
            entry: { type: tree.get(path) ? 'symlink' : 'directory', target: Buffer.from(tree.get(path) ?? '') },
          } as Found)
        : undefined,
  };

  it('are found through links, which never lead out', () => {
    assert.deepEqual(
      ['/d/up/f', '/abs/x', '/nothing/../d'].map((path) => follow(files, path)),
      ['/e/f', '/d/x', '/d'],
    );
    assert.throws(() => follow(files, '/loop'), /too many links/);
  });

  it('are named from the top, and not above it', () => {
    assert.deepEqual(['a/b', '/a', './a/', 'a/../b', '.'].map(pathOf), ['/a/b', '/a', '/a', '/b', '/']);
    assert.throws(() => pathOf('a/../../b'), /outside the build context/);
  });

  it('are matched name by name', () => {
    const cases: [string, string, boolean][] = [
      ['/*.txt', '/a.txt', true],
      ['/*.txt', '/d/a.txt', false],
      ['/d/?', '/d/a', true],
      ['/[a-c]x', '/bx', true],
      ['/[^a-c]x', '/bx', false],
      ['/a\\*', '/a*', true],
      ['/a\\*', '/ab', false],
    ];
    for (const [pattern, path, is] of cases) assert.equal(wholeGlob(pattern)(path), is, `${pattern} ${path}`);
    assert.throws(() => wholeGlob('/[a'), /bracket/);
  });
});

describe('--chmod', () => {
  it('takes digits, and what chmod takes', () => {
    const cases: [string, number, boolean, number][] = [
      ['755', 0o600, false, 0o755],
      ['u=rwX,go=rX', 0o600, false, 0o644],
      ['u=rwX,go=rX', 0o700, true, 0o755],
      ['+x', 0o644, false, 0o755],
      ['g-w,o=', 0o666, false, 0o640],
    ];
    for (const [wanted, mode, isFolder, after] of cases)
      assert.equal(changedMode(wanted, mode, isFolder).toString(8), after.toString(8), wanted);
    assert.throws(() => changedMode('rw', 0, false), /no mode/);
  });
});

describe('times in a history', () => {
  it('are written as Go writes them', () => {
    assert.deepEqual([0, 5e9, 90e9, 1.5e9, 3600e9, 2e6].map(goDuration), [
      '0s',
      '5s',
      '1m30s',
      '1.5s',
      '1h0m0s',
      '2ms',
    ]);
  });
});

describe('the transcript of a build', () => {
  it('tells stages in the order in which they began, though they go on at the same time', () => {
    const said: string[] = [];
    const transcript = new Transcript((text) => said.push(text));
    const step = (stage: number): Step => ({ number: stage + 1, of: 2, stage, line: 1, text: `FROM ${stage}` });
    const output = (stage: number, text: string): BuildEvent => ({
      ...{ kind: 'output', step: step(stage), stream: 1 },
      bytes: Buffer.from(text),
    });
    transcript.push({ kind: 'step', step: step(0) });
    transcript.push({ kind: 'step', step: step(1) });
    transcript.push({ kind: 'warning', message: 'of the file' });
    transcript.push({ kind: 'warning', message: 'of 1', stage: 1 });
    transcript.push(output(1, 'b1 '));
    transcript.push(output(0, 'a1 '));
    transcript.push({ kind: 'built', stage: 0 });
    transcript.push(output(1, 'b2 '));
    transcript.finish();
    assert.equal(
      said.join(''),
      'Step 1/2 : FROM 0\n[Warning] of the file\na1 Step 2/2 : FROM 1\n[Warning] of 1\nb1 b2 ',
    );
  });

  it('puts a character together that came in two pieces', () => {
    const said: string[] = [];
    const transcript = new Transcript((text) => said.push(text));
    const step: Step = { number: 1, of: 1, stage: 0, line: 1, text: 'RUN x' };
    for (const byte of Buffer.from('日本'))
      transcript.push({ kind: 'output', step, stream: 1, bytes: Buffer.from([byte]) });
    assert.equal(said.join(''), '日本');
  });
});
