import { cli, eventually, folder, fresh, leavesNothing } from './support.ts';
import { Terminal } from './tmux.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const drydock = `${process.execPath} ${cli}`;

describe('a terminal', function () {
  this.timeout(60_000);
  let terminal: Terminal;
  // The terminal comes after the look at what there was, and goes before the look at what is left.
  afterEach(() => terminal.close());
  leavesNothing();
  beforeEach(() => void (terminal = new Terminal()));

  /** A shell in a container, as a person starts it. */
  async function inside(words = 'try -e "PS1=inside# "'): Promise<void> {
    terminal.line(`${drydock} ${words}`);
    await terminal.shows(/inside# $|inside#$/m);
  }

  it('is the container’s own, of the size of ours, and follows it', async () => {
    await inside();
    terminal.line('tty; stty size');
    await terminal.shows(/\/dev\/(console|pts\/0)\n24 80/);
    terminal.resize(100, 30);
    terminal.line('stty size');
    await terminal.shows(/^30 100$/m);
    terminal.line('exit');
    await terminal.shows(/outside\$$/);
  });

  it('takes Ctrl-C to the program in front, not to the shell', async () => {
    await inside();
    terminal.line("sh -c 'echo up; exec sleep 1000'");
    await terminal.shows(/^up$/m);
    terminal.press('C-c');
    terminal.line('echo still "here"');
    await terminal.shows(/^still here$/m);
    terminal.line('exit 5');
    await terminal.shows(/outside\$$/);
    terminal.line('echo code=$?');
    await terminal.shows(/^code=5$/m);
  });

  it('has job control: Ctrl-Z, jobs, fg', async () => {
    await inside();
    terminal.line("sh -c 'echo up; exec sleep 1000'");
    await terminal.shows(/^up$/m);
    terminal.press('C-z');
    await terminal.shows(/Stopped/);
    terminal.line('clear; jobs');
    await terminal.shows(/\[1\].*Stopped.*sleep 1000/);
    terminal.line('clear; fg');
    await terminal.shows(/^sh -c .*sleep 1000/m);
    terminal.press('C-c');
    await terminal.shows(/\^C/);
    terminal.line('echo still "here"');
    await terminal.shows(/^still here$/m);
    terminal.line('exit');
    await terminal.shows(/outside\$$/);
  });

  it('shows a program that takes the whole screen', async () => {
    await inside();
    terminal.line('vi /tmp/letter');
    await terminal.shows(/letter.*1\/1|\[New|No such file|- \/tmp\/letter/);
    terminal.press('i');
    terminal.line('written in vi');
    await terminal.shows(/^written in vi$/m);
    terminal.press('Escape');
    // Keys that come close behind Escape would be read as one of the keys that begin with it.
    await terminal.shows(/^- \/tmp\/letter/m);
    terminal.line(':wq');
    await terminal.shows(/inside#/);
    terminal.line('clear; cat /tmp/letter | tr a-z A-Z');
    await terminal.shows(/^WRITTEN IN VI$/m);
    terminal.line('exit');
    await terminal.shows(/outside\$$/);
  });

  it('is as before when the container has ended', async () => {
    terminal.line('stty -a > /tmp/before.$$');
    await inside();
    terminal.line('stty raw -echo; exit');
    await terminal.shows(/outside\$$/);
    terminal.line('stty -a | diff /tmp/before.$$ - && echo the "same"; rm /tmp/before.$$');
    await terminal.shows(/^the same$/m);
  });

  it('ends the container when it goes away', async () => {
    await inside();
    terminal.line('trap "" HUP; sleep 1000');
    terminal.close();
  });

  for (const [words, sign] of [
    ['try --step true', /q quit\]/],
    ['try -it tail -f /etc/passwd', /^root:/m],
    ['demo pid', /your guess/],
  ] as const)
    it(`ends \`drydock ${words}\` when it goes away, as its signal wants it`, async () => {
      const file = join(folder, fresh('code'));
      // Its shell passes the signal on and ends; the one in between tells us afterwards.
      terminal.line(`clear; sh -c 'trap : HUP; ${drydock} ${words}; echo $? > ${file}'`);
      await terminal.shows(sign);
      terminal.close();
      await eventually(
        () => existsSync(file) && readFileSync(file, 'utf8') === '129\n',
        () => `it has not ended, or with ${existsSync(file) ? readFileSync(file, 'utf8') : 'nothing'}`,
      );
    });

  it('lets a person step through', async () => {
    terminal.resize(80, 60);
    terminal.line(`${drydock} try --plain --hostname boat --step hostname`);
    await terminal.shows(/clone\(NEWNS\|NEWUTS\|NEWIPC\|NEWPID\|NEWNET\)/);
    terminal.press('Enter');
    await terminal.shows(/\+ namespaces +pid:\[\d+\]/);
    terminal.press('e');
    await terminal.shows(/section ERRORS of/);
    terminal.press('s');
    await terminal.shows(/[#$] *$/);
    terminal.line('echo in "here"; exit');
    await terminal.shows(/^in here$/m);
    terminal.press('c');
    await terminal.shows(/the program starts\s+boat$/m);
    await terminal.shows(/outside\$$/);
    const seen = terminal.history();
    assert.match(seen, /\+ mounts +\S*\/proc proc proc/);
    assert.match(seen, /isolators\/uts\.ts:\d+/);
    assert.match(seen, /plan\.sethostname\(/);
  });

  it('lets a person go back a step, in another container that is built up to there', async () => {
    terminal.resize(80, 60);
    terminal.line(`${drydock} try --plain --step true`);
    await terminal.shows(/clone\(NEWNS/);
    terminal.press('b');
    await terminal.shows(/this is the first step/);
    terminal.press('Enter');
    await terminal.shows(/step 0 [^]*q quit\]$/);
    terminal.press('Enter');
    await terminal.shows(/step 1 [^]*q quit\]$/);
    terminal.press('b');
    await terminal.shows(/again, up to the step before\s+step 0 [^]*q quit\]$/);
    terminal.press('c');
    await terminal.shows(/the program starts\s+outside\$$/);
  });

  it('lets a person give up', async () => {
    terminal.line(`${drydock} try --step true; echo code=$?`);
    await terminal.shows(/q quit/);
    terminal.press('Enter');
    await terminal.shows(/step 0/);
    terminal.press('q');
    await terminal.shows(/^code=130$/m);
  });
});
