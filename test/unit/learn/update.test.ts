import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lesson } from '../../../src/learn/lesson.ts';
import { changedText } from '../../../src/learn/changed.ts';
import { update } from '../../../src/learn/update.ts';
import { begin, starterPath, workspace } from '../../../src/learn/workspace.ts';

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

  it('touches nothing where nobody knows what it was begun with', async () => {
    rmSync(kept);
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    assert.deepEqual(await update(workspace(), lesson), { merged: [], left: [] });
    assert.match(readFileSync(mine, 'utf8'), /sethostname\("mine"\)/);
  });

  it('lets a learner see what is different from the beginning', () => {
    assert.match(changedText(workspace(), lesson), /nothing yet/);
    write('// TODO: record the steps', 'plan.sethostname("mine");');
    assert.match(changedText(workspace(), lesson), /^-.*TODO[^]*^\+.*sethostname/m);
  });
});
