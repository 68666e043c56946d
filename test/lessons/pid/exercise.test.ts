import assert from 'node:assert/strict';
import { begun, failures, judge, source, write } from '../support.ts';
import { ISOLATOR, isolator, mistaken } from './solutions.ts';

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
