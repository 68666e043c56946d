import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attacks, tryAttack } from '../../lessons/04-pid/break-it.ts';
import type { Workspace } from '../../src/learn/workspace.ts';
import { openStage } from '../../src/learn/stage.ts';
import { begun, drydock, failures, folder, judge, read, source, starting, write } from './support.ts';

const ISOLATOR = 'pid/isolators/pid.ts';
const LOOP = 'pid/init/drydock-init.c';
const INIT = 'pid/init/init.ts';
const reference = (work: Workspace): void => {
  write(work, ISOLATOR, source('src/runtime/isolators/pid.ts'));
  write(work, LOOP, source('addon/init/drydock-init.c'));
};

/** The reference with a mistake in it. */
function mistaken(work: Workspace, from: string | RegExp, to: string): void {
  reference(work);
  const text = read(work, LOOP);
  const wrong = text.replace(from, to);
  assert.notEqual(wrong, text, 'the mistake must be made');
  write(work, LOOP, wrong);
}

/** The isolator with this as the body of `namespaces`. */
const isolator = (body: string): string => `
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { Isolator } from '../isolator.ts';

export const pid: Isolator = {
  name: 'pid',
  summary: 'its own process numbers',
  namespaces: () => {
${body}
    void [spawn, spawnSync, fs];
    return [];
  },
};
`;

const init = (body: string): string => `
import type { PuppetKernel } from '../../learn/puppet.ts';
export async function init(kernel: PuppetKernel, child: number): Promise<void> {
${body}
}
`;

describe('lesson pid, the exercise', function () {
  this.timeout(60_000);

  it('fails as it is begun, and says what the clone was not asked for', async () => {
    const results = await judge(await begun('pid'), 'pid');
    const [first] = failures(results);
    assert.equal(first?.title, 'the container has its own PID namespace');
    assert.match(first.finding!.did, /^clone\(NEWNS/);
    assert.match(first.finding!.kernel, /ns\/pid is pid:\[\d+\], and so is ours/);
    assert.match(first.finding!.at!, /pid\/isolators\/pid\.ts:\d+$/);
    assert.equal(first.hints!.length, 3);
    assert.match(first.hints![1]!, /no NEWPID/);
    assert.equal(results.filter(({ outcome }) => outcome === 'not run').length, 8);
  });

  it('passes with the reference, and leaves nothing', async () => {
    const work = await begun('pid');
    reference(work);
    const results = await judge(work, 'pid');
    assert.deepEqual(failures(results), []);
    assert(results.every(({ outcome }) => outcome === 'ok'));
  });

  it('fails with the starter of PID 1 when only `namespaces` is solved', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, source('src/runtime/isolators/pid.ts'));
    const [first] = failures(await judge(work, 'pid'));
    assert.equal(first?.title, 'the exit code of the program is that of the container');
    assert.match(first.finding!.at!, /drydock-init\.c:\d+$/);
  });

  it('tells who waits for one child only that a SIGCHLD may stand for many', async () => {
    const work = await begun('pid');
    mistaken(
      work,
      'while ((ended = waitpid(-1, &status, WNOHANG)) > 0)',
      'if ((ended = waitpid(-1, &status, WNOHANG)) > 0)',
    );
    const [first, second] = failures(await judge(work, 'pid'));
    assert.equal(first?.title, 'five orphans that end at the same moment leave no zombie');
    assert.match(first.finding!.kernel, /State: Z Z.*[234] zombies/);
    assert.match(first.hints![1]!, /One SIGCHLD may stand for many/);
    assert.equal(second, undefined);
  });

  it('tells who waits only for the program that orphans are children of PID 1 too', async () => {
    const work = await begun('pid');
    mistaken(work, 'waitpid(-1, &status, WNOHANG)', 'waitpid(child, &status, WNOHANG)');
    const [first] = failures(await judge(work, 'pid'));
    assert.equal(first?.title, 'orphans that end one after another leave no zombie');
    assert.match(first.hints![2]!, /-1 is the point/);
  });

  it('tells who forwards no signal that PID 1 has kept it', async () => {
    const work = await begun('pid');
    mistaken(work, 'if (kill(-child, number) != 0) kill(child, number);', '');
    const [first] = failures(await judge(work, 'pid'));
    assert.equal(first?.title, 'SIGTERM reaches the program, which then ends with 143');
    assert.match(first.hints![1]!, /kept it/);
  });

  it('tells who ends with the signal that the program is still tidying up', async () => {
    const work = await begun('pid');
    mistaken(work, 'kill(child, number);\n      continue;', 'kill(child, number);\n      return 128 + number;');
    const [first] = failures(await judge(work, 'pid'));
    assert.equal(first?.title, 'a program that takes its time over SIGTERM is waited for');
    assert.match(first.finding!.kernel, /exit code 143/);
    assert.match(first.hints![2]!, /no reason to end/);
  });

  it('names the namespace that was not joined', async () => {
    const work = await begun('pid');
    reference(work);
    write(work, ISOLATOR, isolator(`    if (1) return [{ type: 'pid', how: 'clone' }];`));
    const [first] = failures(await judge(work, 'pid'));
    assert.equal(first?.title, 'a PID namespace that config.json names is joined, not made');
    assert.match(first.hints![2]!, /how: 'join'/);
  });

  it('can be solved in TypeScript instead, with a puppet as PID 1', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, source('src/runtime/isolators/pid.ts'));
    write(
      work,
      INIT,
      init(`
        for (;;) {
          const signal = await kernel.nextSignal();
          if (signal !== 17) { await kernel.kill(-child, signal); continue; }
          let code = -1;
          for (let ended = await kernel.wait(); ended; ended = await kernel.wait())
            if (ended.pid === child) code = ended.status & 0x7f ? 128 + (ended.status & 0x7f) : (ended.status >> 8) & 0xff;
          if (code >= 0) await kernel.exit(code);
        }`),
    );
    assert.deepEqual(failures(await judge(work, 'pid')), []);
  });

  it('tells a TypeScript PID 1 that returns what it has not done', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, source('src/runtime/isolators/pid.ts'));
    write(work, INIT, init('void kernel; void child;'));
    const [first] = failures(await judge(work, 'pid'));
    assert.match(first!.finding!.did, /init\(\) returned without kernel\.exit\(\)/);
    assert.match(first!.finding!.at!, /init\.ts:\d+$/);
  });

  it('shows what the C compiler says, with the line', async () => {
    const work = await begun('pid');
    mistaken(work, 'int status, code = -1;', 'int status, code = -1');
    const [first] = failures(await judge(work, 'pid'));
    assert.match(first!.finding!.did, /error: expected/);
    assert.match(first!.finding!.at!, /drydock-init\.c:\d+$/);
  });

  it('shows what TypeScript says of a wrong type, with the line', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, isolator(`    if (1) return [{ type: 'pid', how: 'make' }];`));
    const [first] = failures(await judge(work, 'pid'));
    assert.match(first!.finding!.did, /'"make"' is not assignable/);
    assert.match(first!.finding!.at!, /pid\.ts:9$/);
  });
});

describe('lesson pid, an exercise that means harm', function () {
  this.timeout(120_000);
  const canary = join(folder, 'canary');
  mkdirSync(canary);

  const hostile = async (body: string): Promise<ReturnType<typeof drydock>> => {
    const work = await begun('pid');
    write(work, ISOLATOR, isolator(body));
    const ran = drydock(['check', 'pid']);
    assert(existsSync(canary), 'the host is as it was');
    assert(existsSync('/bin/sh'), 'the host is as it was');
    return ran;
  };

  it('cannot remove /', async () => {
    // Looks first: where the dock does not hold, the test fails and removes nothing.
    const { out, err } = await hostile(`
    const own = [${['ROOT', 'RUN', 'WORK'].map((name) => `process.env.DRYDOCK_${name}!`).join(', ')}];
    const bad = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\\n').map((line) => line.split(' ')).filter(
      ([, , , , point = '', options = '', ...rest]) =>
        !/^ro\\b/.test(options) && !own.some((one) => point === one || point.startsWith(one + '/')) &&
        !['dock', 'proc', 'devpts', 'mqueue', 'sysfs', 'cgroup', 'cgroup2'].includes(rest[rest.indexOf('-') + (rest.includes('tmpfs') ? 2 : 1)] ?? '') &&
        !point.startsWith('/dev/'));
    if (bad.length) throw new Error('the dock leaks: ' + bad.map((one) => one[4]).join(' '));
    spawnSync('rm', ['-rf', '--no-preserve-root', '/'], { stdio: 'ignore' });`);
    assert.doesNotMatch(out + err, /the dock leaks/);
    assert(out.includes('FAIL') || err.includes('drydock:'), out + err);
  });

  it('cannot open the raw disk', async function () {
    const disk = /^\s+(\d+)\s+(\d+)\s+\d+ (\S+)$/m.exec(readFileSync('/proc/partitions', 'utf8'));
    if (!disk) {
      this.test!.title += ' [skipped: this machine shows no disk]';
      return this.skip();
    }
    const { out, code } = await hostile(`
    const node = process.env.DRYDOCK_RUN + '/disk';
    const made = spawnSync('mknod', [node, 'b', '${disk[1]}', '${disk[2]}'], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
    fs.openSync(node, 'r');`);
    assert.equal(code, 1);
    assert.match(out, /threw: (mknod: .*not permitted|EPERM|EACCES)/s);
    assert.match(out, /pid\.ts:1[0-9]/);
  });

  it('is ended when it never comes back, and told where', async () => {
    const { code, err } = await hostile('    for (;;);');
    assert.notEqual(code, 0);
    assert.match(err, /your code has not come back for 10 seconds/);
    assert.match(err, /during +the container has its own PID namespace/);
  });

  it('cannot fork for ever', async () => {
    const { code, out, err } = await hostile(`    for (;;) spawn('sleep', ['1000']).on('error', () => undefined);`);
    assert.notEqual(code, 0);
    assert.match(out + err, /not come back|memory|processes|EAGAIN/);
  });

  it('cannot fork for ever inside either', async () => {
    const work = await begun('pid');
    mistaken(work, 'for (;;) {', 'for (;;) {\n    for (;;) fork();');
    const { code, out } = drydock(['check', 'pid']);
    assert.equal(code, 1);
    assert.match(out, /FAIL[\s\S]*nothing is left behind/);
  });

  it('is told its own line when it throws', async () => {
    const { code, out } = await hostile(`    throw new Error('shipwreck');`);
    assert.equal(code, 1);
    assert.match(out, /threw: shipwreck/);
    assert.match(out, /pid\/isolators\/pid\.ts:10/);
  });

  it('is told the line when it does not compile', async () => {
    const { code, out } = await hostile(`    return [{ ;`);
    assert.equal(code, 1);
    assert.match(out, /Expected/);
    assert.match(out, /pid\/isolators\/pid\.ts:10/);
  });

  it('is in the dock with `try --mine` too, whoever starts it', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, isolator(`    fs.writeFileSync('${join(canary, 'touched')}', '');`));
    const solved = ['isolators/pid.ts#namespaces'];
    write(work, '.drydock/progress.json', JSON.stringify({ pid: { best: 0, of: 1, solved } }));
    const { code, err } = drydock(['try', '--mine', 'true']);
    assert.equal(code, 125);
    assert.match(err, /ENOENT|EROFS/); // the dock has a /tmp of its own, and the rest of the host is read-only
    assert(!existsSync(join(canary, 'touched')));
  });

  it('does not pass by ending the process', async () => {
    const { code, err } = await hostile(`    process.exit(0);`);
    assert.equal(code, 1);
    assert.match(err, /your code has ended the whole check/);
  });
});

describe('lesson pid, the workspace', function () {
  this.timeout(60_000);

  it('loses nothing when it is begun twice, and keeps every attempt', async () => {
    const work = await begun('pid');
    write(work, ISOLATOR, '// mine\n');
    const again = drydock(['begin', 'pid']);
    assert.equal(again.code, 0);
    assert.match(again.out, /your files are as you left them[\s\S]*drydock reset pid/);
    assert.equal(read(work, ISOLATOR), '// mine\n');

    const early = drydock(['solution', 'pid']);
    assert.equal(early.code, 125);
    assert.match(early.err, /not all checks of 'pid' have held yet/);
    assert.match(drydock(['solution', 'pid', '--give-up']).out, /isolators\/pid\.ts/);

    reference(work);
    const passed = drydock(['check', 'pid']);
    assert.equal(passed.code, 0, passed.out + passed.err);
    const log = execFileSync('git', ['-c', 'safe.directory=*', '-C', work.root, 'log', '--format=%s'], {
      encoding: 'utf8',
    });
    assert.deepEqual(log.trim().split('\n'), ['pid: 10/10', 'pid: begin']);
    assert.match(drydock(['progress']).out, /04 pid .* passed \d{4}-/);
    assert.match(drydock(['solution', 'pid']).out, /src\/runtime\/isolators\/pid\.ts:\d+[\s\S]*wanted\(spec, 'pid'\)/);

    assert.equal(drydock(['reset', 'pid']).code, 0);
    assert.match(read(work, ISOLATOR), /TODO/);
  });

  it('is judged by chosen checks and what they need, as JSON too', async () => {
    const work = await begun('pid');
    reference(work);
    const { code, out } = drydock(['check', 'pid', '--only', 'number 1 inside', '--json']);
    assert.equal(code, 0);
    const { results } = JSON.parse(out) as { results: { title: string; outcome: string }[] };
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
    assert(!existsSync(join(work.root, '.drydock/progress.json')), 'a part says nothing about the rest');
    const wrong = drydock(['check', 'pid', '--only', 'nothing like this']);
    assert.equal(wrong.code, 125);
    assert.match(wrong.err, /no check has/);
  });

  it('gives the next of three hints each time', async () => {
    await begun('pid');
    assert.equal(drydock(['check', 'pid']).code, 1);
    const hints = [1, 2, 3].map(() => drydock(['hint']).out);
    hints.forEach((out, i) => assert.match(out, new RegExp(`hint ${i + 1} of 3`)));
    assert.equal(new Set(hints).size, 3);
  });

  it('belongs to whoever called sudo, what was compiled too', async () => {
    const root = join(folder, 'theirs');
    mkdirSync(root);
    chownSync(root, 12345, 12345);
    const env = { DRYDOCK_WORK: root, SUDO_UID: '12345', SUDO_GID: '12345' };
    assert.equal(drydock(['begin', 'pid'], env).code, 0);
    assert.equal(drydock(['check', 'pid'], env).code, 1);
    for (const file of [ISOLATOR, '.git/HEAD', '.drydock/last.json', '.drydock/build/pid/init/drydock-init'])
      assert.equal(statSync(join(root, file)).uid, 12345, file);
  });
});

describe('lesson pid, the demo', function () {
  this.timeout(60_000);

  it('shows the difference on real containers and leaves nothing', () => {
    const { code, out } = drydock(['demo', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /kill -0 \d+ +kill: No such process +BAD: it was yours/);
    assert.match(out, /\+ clone\(… \| NEWPID\) +isolators\/pid\.ts:\d+/);
    assert.match(out, /can't kill pid \d+: No such process +GOOD/);
    assert.match(out, /NSpid +\d+ +---> +1 +sleep/);
    assert.match(out, /Z Z Z Z Z +BAD/);
    assert.match(out, /\(none: gone\) +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });

  it('tidies up when it is interrupted', async () => {
    const demo = starting(['demo', 'pid', '--auto']);
    await demo.says('2/4');
    demo.process.kill('SIGINT');
    assert.equal(await demo.ended, 130);
    assert.match(demo.output(), /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    assert.doesNotMatch(demo.output(), /YOUR TURN/);
  });

  for (const attack of attacks) {
    it(`${attack.name}: succeeds under a careless PID 1, fails under ours`, async () => {
      const stage = await openStage('break-it');
      try {
        const without = await tryAttack(attack, false, (options) => stage.run(options));
        assert(without.succeeded, without.seen);
        const guarded = await tryAttack(attack, true, (options) => stage.run(options));
        assert(!guarded.succeeded, guarded.seen);
      } finally {
        await stage.close();
      }
    });
  }
});
