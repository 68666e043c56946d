import assert from 'node:assert/strict';
import { begun, failures, judge, source, write } from '../support.ts';
import { ISOLATOR, isolator, mistaken, reference } from './solutions.ts';

const INIT = 'pid/init/init.ts';

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
