import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lesson, Slot } from '../../../src/learn/lesson.ts';
import { solve } from '../../../src/learn/mine.ts';
import { begin, readWork, requireBegun, reset, starters, workspace } from '../../../src/learn/workspace.ts';
import { record, type Plan } from '../../../src/runtime/plan.ts';

const slot: Slot = {
  name: 'isolators/uts.ts#steps',
  source: 'src/runtime/isolators/uts.ts',
  file: 'isolators/uts.ts',
  title: 'names',
  minutes: 1,
  todo: ['record the steps'],
  body: [],
};
const lesson: Lesson = {
  name: 'names',
  number: 3,
  title: 'names',
  minutes: 1,
  question: '?',
  requires: [],
  slots: [slot],
  task: [],
  hints: [],
};

describe('a learner’s file', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-mine-'));
  const before = process.env.DRYDOCK_WORK;
  const file = join(folder, 'names/isolators/uts.ts');
  const write = (body: string): void =>
    writeFileSync(
      file,
      `import { DrydockError } from '../../errors.ts';\nimport type { Isolator } from '../isolator.ts';\nexport const uts: Isolator = {\n  name: 'uts',\n  summary: '',\n  steps(plan) {\n${body}\n    void DrydockError;\n  },\n};\n`,
    );

  beforeEach(async () => {
    process.env.DRYDOCK_WORK = folder;
    await begin(workspace(), lesson);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  after(() => {
    if (before === undefined) delete process.env.DRYDOCK_WORK;
    else process.env.DRYDOCK_WORK = before;
  });

  it('is a starter that compiles, from the source as it is today', async () => {
    assert.match((await starters(lesson)).get(slot.file)!, /steps\(.*\) \{\n    \/\/ TODO: record the steps\n  \}/);
    assert.equal((await solve(workspace(), lesson, slot)).kind, 'function');
  });

  it('comes with a page that keeps commands and their words apart, whatever the name of the lesson', async () => {
    await begin(workspace(), { ...lesson, name: 'capabilities' });
    const page = readFileSync(join(folder, 'capabilities/README.md'), 'utf8');
    assert.match(page, /^    \.\/drydock solution capabilities  how we wrote it$/m);
    assert.match(page, /^    \.\/drydock hint capabilities      the next of three hints/m);
  });

  it('records steps that name its own line', async () => {
    write(`\n    plan.sethostname('mine').because('a test');`);
    const solved = await solve(workspace(), lesson, slot);
    assert(solved.kind === 'function');
    const { steps, recorder } = record();
    (solved.run as (plan: Plan, ...rest: unknown[]) => void)(recorder('uts', 'names'), {});
    assert.equal(steps[0]?.call, 'sethostname');
    assert.equal(steps[0].at.place, `${file}:8`);
  });

  it('shares the error type with the runtime', async () => {
    write(`    throw new DrydockError('INTERNAL', 'mine');`);
    const solved = await solve(workspace(), lesson, slot);
    assert(solved.kind === 'function');
    const { DrydockError } = await import('../../../src/errors.ts');
    assert.throws(solved.run, DrydockError);
  });

  it('that does not compile is refused with place and reason', async () => {
    write('    const = 1;');
    await assert.rejects(solve(workspace(), lesson, slot), { code: 'BUILD_FAILED', at: `${file}:7` });
    write('    plan.sethostname(7);');
    await assert.rejects(solve(workspace(), lesson, slot), (error: Error & { at?: string }) => {
      assert.match(error.message, /'number' is not assignable to parameter of type 'string'/);
      return error.at === `${file}:7`;
    });
  });

  it('in which the slot has been renamed is refused', async () => {
    writeFileSync(file, 'export const other = 1;\n');
    await assert.rejects(solve(workspace(), lesson, slot), /uts\.ts has no function 'steps' any more|has no 'steps'/);
  });

  it('is never overwritten by begin, and kept by reset', async () => {
    writeFileSync(file, '// mine\n');
    const { made, kept } = await begin(workspace(), lesson);
    assert.deepEqual(made, []);
    assert(kept.includes(slot.file));
    assert.equal(readFileSync(file, 'utf8'), '// mine\n');
    assert.match(await reset(workspace(), lesson), /git -C/);
    assert.match(readFileSync(file, 'utf8'), /TODO/);
    assert(statSync(join(folder, '.git')).isDirectory());
  });

  it('is asked for by name when the lesson has not been begun, or the file is gone', () => {
    rmSync(file);
    assert.throws(() => requireBegun(workspace(), lesson), { code: 'WORKSPACE', hint: /begin names/ });
    rmSync(join(folder, 'names'), { recursive: true });
    assert.throws(() => requireBegun(workspace(), lesson), /has not been begun/);
    mkdirSync(join(folder, 'names'));
  });

  it('says which of its files is a folder', () => {
    mkdirSync(join(folder, 'names', 'a-folder'));
    assert.throws(() => readWork(workspace(), 'names/a-folder'), {
      code: 'WORKSPACE',
      message: /a-folder is no file/,
    });
    rmSync(join(folder, 'names', 'a-folder'), { recursive: true });
  });

  it('lies in a folder whose path is absolute', () => {
    process.env.DRYDOCK_WORK = 'relative';
    assert.throws(() => workspace(), { code: 'WORKSPACE' });
  });
});
