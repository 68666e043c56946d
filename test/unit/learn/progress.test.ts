/** What is kept of a learner's work: the best result, the hints that were read, and every attempt. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookOf } from '../../../src/cli/output.ts';
import { ending, heading } from '../../../src/learn/check/report.ts';
import type { Result } from '../../../src/learn/check/runner.ts';
import { commit } from '../../../src/learn/git.ts';
import { nextHint, placeOfNextHint } from '../../../src/learn/hint.ts';
import type { Lesson, Slot } from '../../../src/learn/lesson.ts';
import { findLesson, lessons } from '../../../src/learn/lessons.ts';
import {
  courseMap,
  nextLesson,
  readLast,
  readProgress,
  saveLast,
  saveResults,
  writeLast,
} from '../../../src/learn/progress.ts';
import { begin, reset, type Workspace } from '../../../src/learn/workspace.ts';

const lesson = {
  name: 'knots',
  slots: [{ name: 'a.ts#bowline' }, { name: 'a.ts#reef' }] as Slot[],
} as unknown as Lesson;

const results = (...outcomes: Result['outcome'][]): Result[] =>
  outcomes.map((outcome, i) => ({
    title: `check ${i}`,
    slot: i < 2 ? 'a.ts#bowline' : 'a.ts#reef',
    outcome,
    hints: outcome === 'failed' ? ['one', 'two', 'three'] : undefined,
  }));

describe('the progress of a learner', () => {
  let work: Workspace;
  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'drydock-progress-'));
    work = { root, owner: { uid: process.getuid!(), gid: process.getgid!(), home: root } };
  });
  afterEach(() => rmSync(work.root, { recursive: true }));

  it('has passed when all checks have held once, and keeps the best', () => {
    const { passed, ...rest } = saveResults(work, lesson, results('ok', 'ok', 'failed', 'not run'));
    assert.deepEqual(rest, { best: 2, of: 4, solved: ['a.ts#bowline'] });
    assert.equal(passed, undefined);
    assert.equal(saveResults(work, lesson, results('failed', 'not run', 'not run', 'not run')).best, 2);
    const done = saveResults(work, lesson, results('ok', 'ok', 'ok', 'ok'));
    assert.deepEqual([done.best, done.solved], [4, ['a.ts#bowline', 'a.ts#reef']]);
    assert.match(done.passed ?? '', /^\d{4}-/);
    const later = saveResults(work, lesson, results('failed', 'ok', 'ok', 'ok'));
    assert.deepEqual([later.best, later.passed, later.solved], [4, done.passed, ['a.ts#reef']]);
    assert.deepEqual(readProgress(work), { knots: later });
  });

  it('remembers how many hints were read, for as long as the same check fails in the same way', () => {
    saveLast(work, lesson, results('ok', 'failed'));
    assert.deepEqual(readLast(work), {
      lesson: 'knots',
      isChecked: true,
      failed: { title: 'check 1', hints: ['one', 'two', 'three'] },
      shown: 0,
    });
    writeLast(work, { ...readLast(work)!, shown: 2 });
    saveLast(work, lesson, results('ok', 'failed'), readLast(work));
    assert.equal(readLast(work)?.shown, 2);
    assert.equal(placeOfNextHint(work), '3 of 3');
    const [good, bad] = results('ok', 'failed');
    saveLast(work, lesson, [good!, { ...bad!, hints: ['it does not compile', 'two', 'three'] }], readLast(work));
    assert.equal(placeOfNextHint(work), '1 of 3');
    writeLast(work, { ...readLast(work)!, shown: 2 });
    saveLast(work, lesson, results('failed', 'ok'), readLast(work));
    assert.equal(readLast(work)?.shown, 0);
  });

  it('has hints of a lesson of its own, whatever others are looked at meanwhile, and of one that was never checked', () => {
    const look = lookOf({}, { plain: true });
    const other = { ...lesson, name: 'sails', title: 'Sails', hints: ['hoist', 'reef'] };
    saveLast(work, lesson, results('ok', 'failed'));
    assert.match(nextHint(work, other, look), /^Sails \(no check has failed yet\)\n\n {2}hoist\n/);
    assert.match(nextHint(work, other, look), /^Sails \(no check has failed yet\)\n\n {2}reef\n/);
    assert.match(nextHint(work, lesson, look), /^check 1\n\n {2}one\n/);
    assert.match(nextHint(work, lesson, look), /\n {2}two\n/);
    saveLast(work, other, results('ok', 'ok'));
    assert.match(nextHint(work, other, look), /found nothing wrong/);
    assert.match(nextHint(work, lesson, look), /\n {2}three\n/);
    writeFileSync(join(work.root, '.drydock/last.json'), '{"lesson": "knots", "shown": 2}');
    assert.match(nextHint(work, other, look), /hoist/, 'as it was written once');
  });

  it('begins with the first hint when the same check fails for another reason, and not for another number', () => {
    const found = (did: string, kernel: string): Result[] =>
      results('failed').map((one) => ({ ...one, finding: { did, kernel, wanted: 'a knot', see: 'man knot' } }));
    const shownAfter = (did: string, kernel: string): string => {
      const before = readLast(work);
      if (before) writeLast(work, { ...before, shown: 3 });
      saveLast(work, lesson, found(did, kernel), before && readLast(work));
      return placeOfNextHint(work);
    };
    assert.equal(shownAfter('tied 41', '/tmp/rope-aBcDeF is a knot of 0a:1b:cc'), '1 of 3');
    assert.equal(shownAfter('tied 7', '/tmp/rope-x1Yz2w is a knot of ee:2f:00'), '3 of 3');
    assert.equal(shownAfter('tied 7', '/tmp/rope-x1Yz2w is no knot'), '1 of 3');
    assert.equal(shownAfter('cut 7', '/tmp/rope-x1Yz2w is no knot'), '1 of 3');
    assert.equal(shownAfter('cut 8', '/tmp/rope-QwErTy is no knot'), '3 of 3');
  });

  it('goes on with the first open lesson after the present one, else with the first of all', () => {
    const pass = (...names: string[]): void =>
      names.forEach((name) => void saveResults(work, { ...lesson, name }, results('ok')));
    const after = (name: string): string | undefined => nextLesson(work, findLesson(name))?.name;
    pass('user', 'network', 'world');
    assert.deepEqual([nextLesson(work)?.name, after('pid'), after('volumes')], ['process', 'cgroups', 'process']);
    pass(...lessons.map(({ name }) => name));
    assert.equal(after('pid'), undefined);
  });

  it('is a map in lines that fit, with the status beside each name, also on a narrow terminal', () => {
    saveResults(work, { ...lesson, name: 'capabilities' }, results('ok'));
    const look = lookOf({}, { plain: true });
    const today = new Date().toISOString().slice(0, 10);
    const wide = courseMap(work, look).split('\n');
    const narrow = courseMap(work, { ...look, columns: 40 }).split('\n');
    for (const [lines, columns] of [
      [wide, 80],
      [narrow, 40],
    ] as const)
      assert.deepEqual(
        lines.filter((line) => line.length > columns),
        [],
      );
    assert.equal(wide.length, lessons.length + 7, 'one line for each lesson');
    const at = narrow.indexOf(` 08 capabilities passed ${today}`);
    assert.notEqual(at, -1, narrow.join('\n'));
    assert.match(narrow[at + 1]!, /^ {4}\S/);
    const { adds, minutes } = findLesson('capabilities');
    assert.ok(narrow.join(' ').replace(/\s+/g, ' ').includes(`${adds}, ${minutes} min`));
  });

  it('says how to find the process of a container that a fact is about', () => {
    const look = lookOf({}, { plain: true });
    const finding = { did: 'a', kernel: 'b', wanted: 'c', see: 'cat /proc/PID/status    (PID: of the container)' };
    const told = (see: string): string =>
      ending(lesson, [{ title: 't', outcome: 'failed', finding: { ...finding, see } }], look, '1 of 3');
    assert.match(told(finding.see), /^ PID +.*pgrep[^]*drydock check\s+knots --keep/);
    assert.doesNotMatch(told('ls'), /PID/);
  });

  it('says in its last line which hint is the next one, and names the files in 80 columns', () => {
    const look = lookOf({}, { plain: true });
    assert.match(ending(lesson, results('failed'), look, '2 of 3'), /next: \.\/drydock hint knots \(2 of 3\)$/);
    const far = (...files: string[]): string => {
      const slots = files.map((file) => ({ file }));
      return heading({ ...lesson, slots } as unknown as Lesson, results('failed'), look);
    };
    const folder = 'a/folder/with/a/long/name/indeed';
    assert.equal(
      far(`${folder}/a.ts`, `${folder}/b.ts`, 'c.ts'),
      `${'check knots · a.ts, b.ts, c.ts'.padEnd(74)}0 of 1`,
    );
    assert.equal(far('a'.repeat(80)), `${'check knots'.padEnd(74)}0 of 1`);
  });

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'safe.directory=*', '-C', work.root, ...args], { encoding: 'utf8' });

  it('is in git before a reset takes it away', async () => {
    const pid = await findLesson('pid').parts.lesson();
    await begin(work, pid);
    const file = join('pid', pid.slots[0]!.file);
    writeFileSync(join(work.root, file), '// the work of an evening\n');
    await reset(work, pid);
    assert.doesNotMatch(readFileSync(join(work.root, file), 'utf8'), /evening/);
    assert.equal(git('show', `HEAD~1:${file}`), '// the work of an evening\n');
  });

  it('is committed without running what somebody has put into its hooks', async () => {
    await begin(work, await findLesson('pid').parts.lesson());
    const hooks = join(work.root, '.git/hooks');
    mkdirSync(hooks, { recursive: true });
    writeFileSync(join(hooks, 'pre-commit'), `#!/bin/sh\ntouch ${work.root}/ran\n`, { mode: 0o755 });
    writeFileSync(join(work.root, 'more'), '');
    assert.equal(commit(work, 'more'), undefined);
    assert(!existsSync(join(work.root, 'ran')));
    assert.equal(git('log', '-1', '--format=%s'), 'more\n');
  });
});
