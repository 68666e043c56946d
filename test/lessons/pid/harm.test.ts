import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampled } from '../../sample.ts';
import { begun, drydock, folder, write } from '../support.ts';
import { ISOLATOR, isolator, mistaken } from './solutions.ts';

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

  it('cannot fork for ever', async function () {
    if (process.env.CI) {
      this.test!.title += ' [skipped: takes ten seconds of both processors; it is tried inside below]';
      return this.skip();
    }
    const { code, out, err } = await hostile(`    for (;;) spawn('sleep', ['1000']).on('error', () => undefined);`);
    assert.notEqual(code, 0);
    assert.match(out + err, /not come back|memory|processes|EAGAIN/);
  });

  it('cannot fork for ever inside either', async () => {
    const work = await begun('pid');
    mistaken(work, 'for (;;) {', 'for (;;) {\n    for (;;) fork();');
    const { code, out, err } = drydock(['check', 'pid']);
    // A bomb may leave no process for the checker itself: then it says that, and does not say who has passed.
    assert(code === 1 || code === 125, `exit code ${code}`);
    assert.match(out + err, code === 1 ? /FAIL[\s\S]*nothing is left behind/ : /EAGAIN|memory|processes|not come back/);
  });

  it('is told its own line when it throws', async () => {
    const { code, out } = await hostile(`    throw new Error('shipwreck');`);
    assert.equal(code, 1);
    assert.match(out, /threw: shipwreck/);
    assert.match(out, /pid\/isolators\/pid\.ts:10/);
  });

  it('is told what it throws where nobody waits for it, too', async () => {
    const { code, out, err } = await hostile(`    void Promise.reject(new Error('adrift'));`);
    assert.equal(code, 1);
    assert.match(out, /FAIL  the container has its own PID namespace\n +you did +threw: adrift/);
    assert.match(out, /pid\/isolators\/pid\.ts:10/);
    assert.equal(err, '');
  });

  it('is given hints about what it has thrown, not about facts that nobody has found', async () => {
    await hostile(`    throw new Error('shipwreck');`);
    const hints = [1, 2, 3].map(() => drydock(['hint', 'pid']).out).join('');
    assert.match(hints, /ended at that line/);
    assert.doesNotMatch(hints, /undefined/);
  });

  it('does not keep the check from ending by a timer that it leaves behind', async () => {
    const { code, out } = await hostile(`    setInterval(() => undefined, 1000);`);
    assert.equal(code, 1);
    assert.match(out, /FAIL  the container has its own PID namespace/);
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

  it('does not pass by answering in the place of the kernel', async () => {
    const { code, out } = await hostile(`
    const { default: real } = fs as unknown as { default: { readlinkSync: (path: string) => string } };
    let n = 0;
    const { readlinkSync } = real;
    real.readlinkSync = (path) => (path.endsWith('/ns/pid') ? 'pid:[' + n++ + ']' : readlinkSync(path));`);
    assert.equal(code, 1);
    assert.match(out, /FAIL  the container has its own PID namespace\n +you did +replaced fs\.readlinkSync/);
  });

  for (const way of sampled(['process.exit(0)', 'process.reallyExit(0)']))
    it(`does not pass by ending the process with ${way}, and \`hint\` speaks of that`, async () => {
      const { code, err } = await hostile(`    ${way.replace('process', '(process as any)')};`);
      assert.equal(code, 1);
      assert.match(err, /your code has ended the whole check/);
      const { out } = drydock(['hint', 'pid']);
      assert.match(out, /the container has its own PID namespace \(it did not come to its end\)/);
      assert.match(out, /ended in the middle/);
    });
});
