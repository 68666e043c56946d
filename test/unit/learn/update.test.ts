import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lesson } from '../../../src/learn/lesson.ts';
import { besideText } from '../../../src/learn/beside.ts';
import { changedText } from '../../../src/learn/changed.ts';
import { commit } from '../../../src/learn/git.ts';
import { update } from '../../../src/learn/update.ts';
import { begin, reset, starterPath, workspace } from '../../../src/learn/workspace.ts';

const lesson: Lesson = {
  name: 'names',
  number: 3,
  title: 'names',
  minutes: 1,
  question: '?',
  requires: [],
  slots: [
    {
      name: 'isolators/uts.ts#steps',
      source: 'src/runtime/isolators/uts.ts',
      file: 'isolators/uts.ts',
      title: 'names',
      minutes: 1,
      todo: ['record the steps'],
      body: [],
    },
  ],
  task: [],
  hints: [],
};

describe('a project that has changed under a learner', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-update-'));
  const before = process.env.DRYDOCK_WORK;
  const mine = join(folder, 'names/isolators/uts.ts');
  const kept = join(folder, starterPath(lesson, 'isolators/uts.ts'));

  beforeEach(async () => {
    process.env.DRYDOCK_WORK = folder;
    await begin(workspace(), lesson);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  after(() => {
    if (before === undefined) delete process.env.DRYDOCK_WORK;
    else process.env.DRYDOCK_WORK = before;
  });

  /** As if the lesson had been begun when the source was another: `from` stood where `to` stands now. */
  const begunBefore = (to: string, from: string): void => {
    for (const file of [mine, kept]) {
      const text = readFileSync(file, 'utf8');
      assert(text.includes(to), `${file} has "${to}"`);
      writeFileSync(file, text.replace(to, from));
    }
  };
  const write = (from: string, to: string): void => writeFileSync(mine, readFileSync(mine, 'utf8').replace(from, to));

  it('leaves everything alone when the source is the same', async () => {
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    const text = readFileSync(mine, 'utf8');
    assert.deepEqual(await update(workspace(), lesson), { merged: [], left: [] });
    assert.equal(readFileSync(mine, 'utf8'), text);
  });

  it('brings its change into the learner’s file, with the learner’s own lines kept', async () => {
    begunBefore("name: 'uts',", "name: 'old',");
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    assert.deepEqual(await update(workspace(), lesson), { merged: ['names/isolators/uts.ts'], left: [] });
    const text = readFileSync(mine, 'utf8');
    assert.match(text, /name: 'uts',[^]*sethostname\("mine"\)/);
    const log = execFileSync('git', ['-c', 'safe.directory=*', '-C', folder, 'log', '--format=%s'], {
      encoding: 'utf8',
    });
    assert.deepEqual(log.trim().split('\n').slice(0, 2), [
      'names: updated with the project',
      'names: before an update',
    ]);
    assert.deepEqual(await update(workspace(), lesson), { merged: [], left: [] });
  });

  it('leaves a file that both have changed in the same place', async () => {
    begunBefore("name: 'uts',", "name: 'old',");
    write("name: 'old',", "name: 'mine',");
    assert.deepEqual(await update(workspace(), lesson), { merged: [], left: ['names/isolators/uts.ts'] });
    assert.match(readFileSync(mine, 'utf8'), /name: 'mine',/);
    assert.doesNotMatch(readFileSync(mine, 'utf8'), /<<<<<<</);
  });

  it('takes nothing away that is saved while it merges, and merges it the next time', async () => {
    begunBefore("name: 'uts',", "name: 'old',");
    const [bin, real] = [
      mkdtempSync(join(folder, 'bin-')),
      execFileSync('which', ['git'], { encoding: 'utf8' }).trim(),
    ];
    const saving = `case "$*" in *merge-file*) echo '// just saved' >>'${mine}';; esac; exec ${real} "$@"`;
    writeFileSync(join(bin, 'git'), `#!/bin/sh\n${saving}\n`, { mode: 0o755 });
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    const path = process.env.PATH;
    process.env.PATH = `${bin}:${path}`;
    try {
      assert.deepEqual(await update(workspace(), lesson), { merged: [], left: [] });
    } finally {
      process.env.PATH = path;
    }
    assert.match(readFileSync(mine, 'utf8'), /just saved/);
    assert.deepEqual(await update(workspace(), lesson), { merged: ['names/isolators/uts.ts'], left: [] });
    assert.match(readFileSync(mine, 'utf8'), /name: 'uts',[^]*sethostname\("mine"\)[^]*just saved/);
  });

  it('touches nothing where nobody knows what it was begun with', async () => {
    rmSync(kept);
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    assert.deepEqual(await update(workspace(), lesson), { merged: [], left: [] });
    assert.match(readFileSync(mine, 'utf8'), /sethostname\("mine"\)/);
  });

  it('is told from a change of the learner’s own beside the slot, which the check does not use', async () => {
    assert.deepEqual(await besideText(workspace(), lesson), []);
    write('void plan;', 'if (spec.hostname) plan.sethostname(spec.hostname); // mine');
    write('steps(plan, { spec, mode })', 'steps(plan, { spec })');
    write('import type', "import { errno } from '../../linux/errno.ts';\nimport type");
    assert.deepEqual(await besideText(workspace(), lesson), []);
    write('return null;', 'return { asked };');
    assert.deepEqual(await besideText(workspace(), lesson), [
      'names/isolators/uts.ts is changed outside of steps: that counts as far as this uses it, and no further',
    ]);
  });

  it('lets a learner see what is different from the beginning', () => {
    assert.match(changedText(workspace(), lesson), /nothing yet/);
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    assert.match(changedText(workspace(), lesson), /^-.*TODO[^]*^\+.*sethostname/m);
  });
});

describe('the history of a workspace', function () {
  this.timeout(30_000);
  const home = mkdtempSync(join(tmpdir(), 'drydock-history-'));
  const { HOME, DRYDOCK_WORK } = process.env;

  beforeEach(async () => {
    process.env.HOME = home;
    process.env.DRYDOCK_WORK = join(home, 'work');
    await begin(workspace(), lesson);
  });
  afterEach(() => rmSync(join(home, 'work'), { recursive: true, force: true }));
  after(() => {
    process.env.HOME = HOME;
    if (DRYDOCK_WORK === undefined) delete process.env.DRYDOCK_WORK;
    else process.env.DRYDOCK_WORK = DRYDOCK_WORK;
    rmSync(home, { recursive: true });
  });

  it('has what `reset` takes away, also where the learner’s own git ignores such files', async () => {
    mkdirSync(join(home, '.config/git'), { recursive: true });
    writeFileSync(join(home, '.config/git/ignore'), 'isolators/\n');
    rmSync(join(home, 'work'), { recursive: true });
    await begin(workspace(), lesson);
    writeFileSync(join(home, 'work/names/isolators/uts.ts'), '// a long evening\n');
    await reset(workspace(), lesson);
    const git = ['-c', 'safe.directory=*', '-C', join(home, 'work')];
    const shown = execFileSync('git', [...git, 'show', 'HEAD~1:names/isolators/uts.ts'], { encoding: 'utf8' });
    assert.equal(shown, '// a long evening\n');
  });

  it('is not relied on by `reset` where it has nothing: in a repository of the learner’s own', async () => {
    const names = join(home, 'work/names');
    const own = ['-c', 'safe.directory=*', '-c', 'user.name=me', '-c', 'user.email=me@here', '-C', names];
    for (const words of [
      ['init', '-q'],
      ['add', '.'],
      ['commit', '-qm', 'my own'],
    ])
      execFileSync('git', [...own, ...words]);
    rmSync(join(home, 'work/.git'), { recursive: true });
    writeFileSync(join(names, 'isolators/uts.ts'), '// a long evening\n');
    assert.match(await reset(workspace(), lesson), /\.drydock\/old/);
    const [old = ''] = readdirSync(join(home, 'work/.drydock/old'));
    const path = join(home, 'work/.drydock/old', old, 'isolators/uts.ts');
    assert.equal(readFileSync(path, 'utf8'), '// a long evening\n');
  });

  it('says which file is in the way when a git that was killed has left its lock', () => {
    writeFileSync(join(home, 'work/.git/index.lock'), '');
    writeFileSync(join(home, 'work/names/isolators/uts.ts'), '// mine\n');
    assert.match(commit(workspace(), 'names: 1/2') ?? '', /work\/\.git\/index\.lock': File exists/);
  });
});
