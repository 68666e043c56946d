import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLesson, lessons, placeInCourse } from '../../../src/learn/lessons.ts';
import { lookOf } from '../../../src/cli/output.ts';
import { inOwnFolders } from '../../../src/learn/check/own-folders.ts';
import { resultText } from '../../../src/learn/check/report.ts';
import { apart, fold, row } from '../../../src/learn/look.ts';
import { commandLine, factLine, oneLine } from '../../../src/learn/demo/screen.ts';
import { projectHome } from '../../../src/linux/native.ts';
import { quote } from '../../../src/learn/source.ts';

describe('the list of lessons', () => {
  it('has nineteen places in three parts', () => {
    assert.equal(lessons.length, 19);
    assert.deepEqual([...new Set(lessons.map(({ part }) => part))], [1, 2, 3]);
    assert.equal(placeInCourse('pid'), 'lesson 04, pid');
  });

  it('agrees with the folders of lessons', async () => {
    const folders = readdirSync(join(projectHome(), 'lessons')).filter((name) => /^\d\d-/.test(name));
    assert.deepEqual(
      folders,
      lessons.map(({ number, name }) => `${String(number).padStart(2, '0')}-${name}`),
    );
    for (const { number, name, minutes, parts } of lessons) {
      const lesson = await parts.lesson();
      assert.deepEqual([lesson.number, lesson.name, lesson.minutes], [number, name, minutes]);
      const titles = (await parts.checks()).map(({ title }) => title);
      assert.equal(new Set(titles).size, titles.length);
      for (const { needs, slot, title } of await parts.checks()) {
        for (const other of needs)
          assert(titles.indexOf(other) < titles.indexOf(title) && titles.includes(other), other);
        assert(slot === undefined || lesson.slots.some((one) => one.name === slot), slot);
      }
      for (const { name: slot, source } of lesson.slots) {
        const [place, symbol] = slot.split('#');
        assert(
          ['', 'src/runtime/', 'src/'].some((folder) => `${folder}${place}` === source),
          slot,
        );
        await assert.doesNotReject(quote(`${source}#${symbol}`));
      }
    }
  });

  it('shows facts by commands that can still be typed when the containers of the check are gone', async () => {
    for (const { parts } of lessons)
      for (const { see } of await parts.checks()) if (/\bPID\b/.test(see)) assert.match(see, /PID: of/);
    const folder = join(projectHome(), 'lessons');
    const files = readdirSync(folder, { recursive: true }).map(String);
    for (const file of files.filter((name) => name.endsWith('.ts')))
      assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /\bsee: [^\n]*\$\{[^}]*pid\}/, file);
  });

  it('answers an unknown lesson with the nearest name, or with all', () => {
    assert.throws(() => findLesson('pdi'), { code: 'NO_SUCH_LESSON', hint: "did you mean 'pid'?" });
    for (const number of ['4', '04'])
      assert.throws(() => findLesson(number), { code: 'NO_SUCH_LESSON', hint: "lesson 04 is 'pid'" });
    assert.throws(() => findLesson('zzzzzzzz'), {
      code: 'NO_SUCH_LESSON',
      hint: /they are: process, .*\bpid\b.*, world$/,
    });
  });
});

const plainLook = lookOf({}, { plain: true });

describe('lines of a demo', () => {
  it('stay in 80 columns, with the verdict at the end', () => {
    const line = commandLine(
      'inside',
      'kill 3201',
      "can't kill pid 3201: No such process",
      ['GOOD', 'not its own'],
      plainLook,
    );
    for (const one of line.split('\n')) assert(one.length <= 80, one);
    assert.match(line, /GOOD: not its own$/);
    const short = factLine('state', 'Z Z Z', ['BAD'], plainLook);
    assert.equal(short.length, 80);
    assert.match(short, /^ state +Z Z Z +BAD$/);
  });

  it('give a long command its own line', () => {
    const [first, second] = commandLine(
      'outside',
      'grep NSpid /proc/12345/status',
      'NSpid: 1',
      undefined,
      plainLook,
    ).split('\n');
    assert.equal(first, ' outside $ grep NSpid /proc/12345/status');
    assert.equal(second, `${' '.repeat(36)}NSpid: 1`);
  });

  it('put an answer below its command on a narrow terminal, and break no word', () => {
    const look = { ...plainLook, columns: 40 };
    const answer = "can't kill pid 3201: No such process";
    const lines = commandLine('inside', 'kill 3201', answer, ['GOOD', 'not its own'], look).split('\n');
    assert.deepEqual(lines, [
      ' inside  # kill 3201',
      "           can't kill pid 3201: No such",
      '           process     GOOD: not its own',
    ]);
    assert.deepEqual(factLine('state', 'it sleeps', undefined, look), ' state     it sleeps');
  });

  it('say that a command said nothing', () => {
    assert.equal(oneLine('\n'), '(silence)');
    assert.equal(oneLine('PID   COMMAND\n  1   sh\n'), 'PID COMMAND   1 sh');
  });

  it('fold at words and keep line breaks', () => {
    assert.deepEqual(fold('one two\nthree', 5), ['one', 'two', 'three']);
    assert.equal(apart('a', 'b', 5), 'a   b');
  });

  it('break a word that is too long, and put nothing beyond the width', () => {
    assert.deepEqual(fold('a [1,2,3,4] b', 6), ['a', '[1,2,', '3,4] b']);
    assert.deepEqual(fold('abcdefgh', 3), ['abc', 'def', 'gh']);
    assert.equal(apart('  a long one', 'place', 8), '  a long\n  one\n   place');
    assert.equal(row(['[a] on', '[b] back', '[q] quit'], '  ', 16), '[a] on  [b] back\n[q] quit');
  });

  it('show commands for the folders that somebody has named', () => {
    const see = 'cat /run/drydock/*/exit; ls /var/lib/drydock';
    assert.equal(inOwnFolders(see, {}), see);
    assert.equal(inOwnFolders(see, { DRYDOCK_RUN: '/r$&', DRYDOCK_ROOT: '/o' }), 'cat /r$&/*/exit; ls /o');
    const nested = { DRYDOCK_RUN: '/var/lib/drydock/run', DRYDOCK_ROOT: '/srv' };
    assert.equal(inOwnFolders(see, nested), 'cat /var/lib/drydock/run/*/exit; ls /srv');
    for (const other of ['ls /run/drydock-vm', 'ls /var/run/drydock']) assert.equal(inOwnFolders(other, nested), other);
  });

  it('print a finding that is wider than the terminal in lines that fit', () => {
    const ranges = JSON.stringify(Array(3).fill({ name: 'ann', hostID: 100_000, size: 65_536 }));
    const at = `~/${'folder/'.repeat(8)}file.ts:12`;
    const finding = {
      did: `subordinateRanges(${at}) = []`,
      at,
      kernel: 'is not asked',
      wanted: ranges,
      see: `cat ${at}`,
    };
    const look = { ...plainLook, columns: 60 };
    const lines = resultText({ title: 'it reads', outcome: 'failed', finding }, look).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > 60),
      [],
    );
    assert.ok(
      lines
        .map((line) => line.trim())
        .join('')
        .replaceAll(' ', '')
        .includes(ranges),
    );
  });
});
