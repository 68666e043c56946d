/**
 * Root file systems made by an enemy: links where directories are expected, other files where devices are, and a volume
 * that changes while a container is made in it.
 *
 * Each time the canary beside the root file system is untouched, the mounts of the host are what they were, and the
 * container either does not come to be or has what it was promised.
 */
import assert from 'node:assert/strict';
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { majorOf } from '../../../src/linux/constants.ts';
import { create } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { boxed, compiled, folder, fresh, leavesNothing, makeBundle, runBox, specOf, type Result } from '../support.ts';
import { rounds } from '../../sample.ts';

const ROUNDS = rounds(200);

const bind = (source: string, destination: string) => ({ type: 'bind', source, destination, options: ['rbind'] });

describe('a root file system made by an enemy', function () {
  leavesNothing();

  let bundle: string;
  let root: string;
  let canary: string;
  let mounts: string[];
  /** Of the host, as far as they could be ours. */
  const mountsHere = (): string[] =>
    fs
      .readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(folder));

  beforeEach(() => {
    bundle = makeBundle();
    root = join(bundle, 'rootfs');
    canary = join(bundle, 'canary');
    fs.mkdirSync(canary);
    fs.writeFileSync(join(canary, 'file'), 'alive');
    mounts = mountsHere();
  });

  afterEach('the canary is alive', () => {
    assert.deepEqual(fs.readdirSync(canary), ['file']);
    assert.equal(fs.readFileSync(join(canary, 'file'), 'utf8'), 'alive');
    assert.deepEqual(mountsHere(), mounts);
  });

  /** Puts a link into the image where something else is expected. */
  function link(name: string, target: string): void {
    fs.rmSync(join(root, name), { recursive: true, force: true });
    fs.symlinkSync(target, join(root, name));
  }

  const attempt = (line: string, change?: (spec: Spec) => void): Promise<Result> =>
    runBox({ bundle, spec: specOf({ args: ['sh', '-c', line] }, change) });

  const refused = (change?: (spec: Spec) => void, code = 'STEP_FAILED') =>
    assert.rejects(attempt('true', change), { name: 'DrydockError', code });

  /** Without the tmpfs on /dev, so that the image's own /dev counts. */
  const ownDev = (spec: Spec): void => {
    spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/dev');
    spec.linux!.devices = [{ path: '/dev/null', type: 'c', major: 1, minor: 3 }];
  };

  for (const name of ['proc', 'sys'])
    for (const target of ['../../canary', '/tmp', '/proc/self/fd', '.'])
      it(`is refused when /${name} is a link to ${target}`, async () => {
        link(name, target);
        await refused();
      });

  for (const name of ['proc', 'sys'])
    it(`is refused when /${name} is a link and that of the host shall be bound there`, async () => {
      link(name, '/tmp');
      await refused((spec) => {
        spec.mounts = spec.mounts!.filter(({ destination }) => destination !== `/${name}`);
        spec.mounts.push(bind(`/${name}`, `/${name}`));
      });
    });

  describe('with links that lead out', () => {
    let source: string;
    beforeEach(() => fs.writeFileSync((source = join(folder, fresh('source'))), 'bound'));
    afterEach(() => fs.rmSync(source));

    /** The same path inside, so that a link out has somewhere to lead to. */
    const canaryInside = (): void => void fs.mkdirSync(join(root, canary), { recursive: true });
    const volume = ({ mounts }: Spec): void => void mounts!.push(bind(join(root, 'etc'), '/mnt'));
    const file = ({ mounts }: Spec): void => void mounts!.push(bind(source, '/mnt/file'));

    it('has made inside what they lead to and what is missing there', async () => {
      link('mnt', canary);
      link('var', '../../../../../../../../run');
      const many = (spec: Spec): void => {
        volume(spec);
        spec.mounts!.push(bind(join(root, 'etc'), '/var/lib/etc'), bind(source, '/var/file'));
      };
      const { text } = await attempt(`cat ${canary}/group /run/file; ls -d /run/lib/etc/group`, many);
      assert.match(text, /^root:[^]*bound\/run\/lib\/etc\/group/);
    });

    it('gets its /dev where they lead to inside', async () => {
      fs.mkdirSync(join(root, 'canary'));
      link('dev', '../../canary');
      const { code, text } = await attempt('echo hello > /dev/null; ls -d /canary/null');
      assert.deepEqual({ code, text }, { code: 0, text: '/canary/null\n' });
    });

    it('gets a volume where they lead to inside', async () => {
      canaryInside();
      link('mnt', `../../../../../../../../../../..${canary}`);
      const { text } = await attempt(`cat ${canary}/group`, volume);
      assert.match(text, /^root:/);
    });

    it('gets a file where they lead to inside', async () => {
      canaryInside();
      link('mnt', canary);
      assert.equal((await attempt(`cat ${canary}/file`, file)).text, 'bound');
      assert.equal(fs.readFileSync(join(root, canary, 'file'), 'utf8'), '', 'only what the file is bound on');
    });

    it('has a file bound where a link in its place leads to inside', async () => {
      fs.mkdirSync(join(root, 'mnt'));
      link('mnt/file', join(canary, 'deep/file'));
      assert.equal((await attempt(`cat ${canary}/deep/file`, file)).text, 'bound');
      link('mnt/file', 'file');
      await refused(file);
    });
  });

  it('cannot lead a volume over /proc by a link', async () => {
    link('way', '/proc/sys');
    await refused(({ mounts }) => void mounts!.push(bind(canary, '/way')));
    link('way', '/proc');
    await refused(({ mounts }) => void mounts!.push(bind(canary, '/way/self')));
  });

  for (const [what, replace] of Object.entries<(path: string) => void>({
    'a file': (path: string) => fs.writeFileSync(path, 'not null'),
    'a link to a file of the kernel': (path: string) => fs.symlinkSync('/proc/sys/kernel/core_pattern', path),
    'a link out': (path: string) => fs.symlinkSync('../../canary/file', path),
    'a directory': (path: string) => fs.mkdirSync(path),
    'another device': (path: string) => void execFileSync('mknod', [path, 'c', '1', '5']),
  }))
    it(`is refused when its /dev/null is ${what}`, async () => {
      replace(join(root, 'dev/null'));
      await refused(ownDev);
    });

  for (const [what, replace] of Object.entries({
    'a file': (path: string) => fs.writeFileSync(path, ''),
    'a link to the host': (path: string) => fs.symlinkSync('/dev/ptmx', path),
    'a directory': (path: string) => fs.mkdirSync(path),
  }))
    it(`is refused a terminal when its /dev/pts/ptmx is ${what}`, async () => {
      fs.mkdirSync(join(root, 'dev/pts'));
      replace(join(root, 'dev/pts/ptmx'));
      await refused((spec) => {
        ownDev(spec);
        spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/dev/pts');
        spec.process.terminal = true;
      });
    });

  it('is refused a terminal when its /proc is a directory with links of its own', async () => {
    fs.mkdirSync(join(root, 'proc/self/fd'), { recursive: true });
    for (let fd = 3; fd < 100; fd++) fs.symlinkSync('/etc/passwd', join(root, 'proc/self/fd', String(fd)));
    await refused((spec) => {
      spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/proc');
      spec.process.terminal = true;
    });
  });

  it('has its /dev/console covered by the terminal, and not opened', async () => {
    execFileSync('mknod', [join(root, 'dev/console'), 'c', '5', '77']); // a device that nobody serves
    const spec = specOf({ args: ['true'], terminal: true }, ownDev);
    const options = boxed({ bundle, spec });
    const box = await create(options);
    const { rdev } = fs.statSync(`/proc/${box.pid}/root/dev/console`);
    await remove(options.run, options.id, { force: true });
    await box.wait();
    assert.equal(majorOf(BigInt(rdev)), 136, 'a pty');
  });

  it('is refused a terminal when its /dev/console is a link', async () => {
    fs.symlinkSync('../../canary/console', join(root, 'dev/console'));
    await refused((spec) => {
      ownDev(spec);
      spec.process.terminal = true;
    });
    link('dev/console', join(canary, 'file'));
    await refused((spec) => {
      ownDev(spec);
      spec.process.terminal = true;
    });
  });

  it('gets the directories that it lacks', async () => {
    for (const name of ['proc', 'dev', 'sys']) fs.rmdirSync(join(root, name));
    const old = process.umask(0);
    const { code, text } = await attempt('cat /proc/1/comm; ls -d /sys/class /dev/pts/ptmx').finally(() =>
      process.umask(old),
    );
    assert.equal(code, 0, text);
    for (const name of ['proc', 'dev', 'sys']) assert.equal(fs.statSync(join(root, name)).mode & 0o7777, 0o755, name);
  });

  for (const [what, path] of Object.entries<() => string>({
    'a file': () => join(canary, 'file'),
    missing: () => join(bundle, 'nowhere'),
    'the root of the host': () => '/',
    'a link to the root of the host': () => {
      fs.symlinkSync('/', join(bundle, 'slash'));
      return join(bundle, 'slash');
    },
    'a way to the root of the host': () => '/tmp/..',
  }))
    it(`is refused when it is ${what}`, () => refused((spec) => (spec.root.path = path()), 'ROOTFS_INVALID'));

  it(`gets no file of the host opened to all by a link in place of a new node, in ${ROUNDS} rounds`, async () => {
    const shared = join(bundle, 'shared');
    const [node, secret] = [join(shared, 'node'), join(canary, 'file')];
    fs.mkdirSync(shared);
    fs.chmodSync(secret, 0o600);
    const attacker = spawn(compiled('exchange'), [node, join(shared, 'link')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(attacker, 'exit');
    await once(attacker.stdout, 'data');
    try {
      for (let round = 0; round < ROUNDS; round++) {
        for (const name of ['node', 'link']) fs.rmSync(join(shared, name), { force: true });
        fs.symlinkSync(secret, join(shared, 'link'));
        const spec = specOf({ args: ['true'] }, ({ mounts, linux }) => {
          mounts!.push(bind(shared, '/volume'));
          linux!.devices = [{ path: '/volume/node', type: 'p', fileMode: 0o666, uid: 7 }];
        });
        const options = boxed({ bundle, spec });
        try {
          const box = await create(options);
          await remove(options.run, options.id, { force: true });
          await box.wait();
        } catch (error) {
          assert.equal((error as { code: string }).code, 'STEP_FAILED', String(error));
        }
        const { mode, uid } = fs.statSync(secret);
        assert.deepEqual([mode & 0o777, uid], [0o600, 0], `round ${round}`);
      }
    } finally {
      attacker.kill('SIGKILL');
      await ended;
    }
  });

  describe('that exchanges the target of a volume for a link', () => {
    let attacker: ChildProcess;
    let shared: string;

    beforeEach(async () => {
      // A: the volume, with a directory and a link out that change places as fast as they can.
      shared = join(bundle, 'shared');
      fs.mkdirSync(join(shared, 'dir'), { recursive: true });
      fs.symlinkSync(`../../../../../../../..${canary}`, join(shared, 'link'));
      attacker = fork(join(__dirname, '../linux/swap.ts'), [join(shared, 'dir'), join(shared, 'link')], {
        execArgv: ['--import', 'tsx'],
      });
      await once(attacker, 'message');
    });

    afterEach(async () => {
      const ended = once(attacker, 'exit');
      attacker.kill('SIGKILL');
      await ended;
    });

    it(`gets none of ${ROUNDS} mounts out of the container`, async () => {
      const count = { made: 0, refused: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const spec = specOf({ args: ['true'] }, ({ mounts }) => {
          mounts!.push(bind(shared, '/volume'));
          mounts!.push({ type: 'tmpfs', source: 'tmpfs', destination: '/volume/dir', options: [] });
          mounts!.push(bind(join(bundle, 'rootfs/etc'), '/volume/link/deeper'));
        });
        const options = boxed({ bundle, spec });
        try {
          const box = await create(options);
          assert.deepEqual(mountsHere(), mounts, `round ${round}`);
          assert.equal(fs.readdirSync(canary).length, 1, `round ${round}`);
          await remove(options.run, options.id, { force: true });
          await box.wait();
          count.made++;
        } catch (error) {
          assert.equal((error as { code: string }).code, 'STEP_FAILED', String(error));
          count.refused++;
        }
      }
      assert(count.made > 0, 'some get through, or the attack proves nothing');
    });
  });
});
