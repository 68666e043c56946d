/** The kit (scripts/kit.ts): unpacked on a machine that has neither Node nor a network, nor this project, it works. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, home } from './support.ts';

describe('the kit', function () {
  this.timeout(600_000);
  let kit = '';
  let elsewhere = '';

  before(() => {
    const out = freshFolder('kit');
    const DRYDOCK_VM = freshFolder('vm');
    for (const part of ['kernels/6.1/one', 'kernels/6.12/one', 'images/6.1-0a', 'images/6.1-0b.new', 'images/5.10-0a'])
      mkdirSync(join(DRYDOCK_VM, part), { recursive: true });
    const { status, stderr } = made({ DRYDOCK_VM }, `--out=${out}`, '--image');
    assert.equal(status, 0, stderr);
    execFileSync('sha256sum', ['--quiet', '-c', `drydock-kit-${process.arch}.tar.xz.sha256`], { cwd: out });
    execFileSync('tar', ['-C', out, '-xJf', join(out, `drydock-kit-${process.arch}.tar.xz`)]);
    kit = join(out, 'drydock');
    elsewhere = machineWith(
      'sh',
      'id',
      'find',
      'mkdir',
      'cut',
      'getent',
      'readlink',
      'mount',
      'cat',
      'unshare',
      'nsenter',
      'git',
    );
  });

  /** Makes one, compressed as quickly as can be. */
  function made(more: NodeJS.ProcessEnv, ...words: string[]): { status: number | null; stderr: string } {
    const env = { ...process.env, XZ_OPT: '-0', ...more };
    return spawnSync(process.execPath, ['--import', 'tsx', 'scripts/kit.ts', ...words], {
      cwd: home,
      env,
      encoding: 'utf8',
    });
  }

  /** A home with a few tools and no Node. In the dock nothing of /tmp is left but Drydock's own folders: they lie there. */
  function machineWith(...tools: string[]): string {
    const folder = freshFolder('elsewhere');
    for (const part of ['own', 'own/bin', 'work']) mkdirSync(join(folder, part));
    for (const name of tools) {
      const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      symlinkSync(path, join(folder, 'own/bin', name));
    }
    return folder;
  }

  /** Starts it where there is no network, and this project is not to be seen. */
  function started(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    // What stands in the way of a trial is put out of sight: this project, by a file system over it.
    const script = 'mount -t tmpfs none "$1" && shift && cd / && exec "$@"';
    const argv = ['-mn', 'sh', '-c', script, 'sh', home, join(kit, 'drydock'), ...words];
    const own = join(elsewhere, 'own');
    const env = {
      PATH: join(own, 'bin'),
      HOME: elsewhere,
      DRYDOCK_ROOT: own,
      DRYDOCK_RUN: join(own, 'run'),
      DRYDOCK_WORK: join(elsewhere, 'work'),
    };
    return spawnSync('/usr/bin/unshare', argv, { env, encoding: 'utf8' });
  }

  it('takes along the guest 6.1, and neither others nor what is half done', () => {
    assert.deepEqual(readdirSync(join(kit, 'build/vm/kernels')), ['6.1']);
    assert.deepEqual(readdirSync(join(kit, 'build/vm/images')), ['6.1-0a']);
  });

  it('says in words that there is no guest to take along, and which option there is not', () => {
    for (const option of ['--image', '--root']) {
      const { status, stderr } = made({ DRYDOCK_VM: freshFolder('vm') }, option);
      assert.equal(status, 1);
      assert.equal(stderr, 'kit: there is no guest 6.1 to take along\n  ./drydock vm up makes it\n');
    }
    const { status, stderr } = made({}, '--imgae');
    assert.equal(status, 2);
    assert.match(stderr, /^kit: Unknown option '--imgae'/);
    assert.doesNotMatch(stderr, /^ +at /m);
  });

  it('is what its sums say', () => {
    execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: kit });
    assert.match(readFileSync(join(kit, 'SHA256SUMS'), 'utf8'), /[.]node[/]bin[/]node$/m);
  });

  it('runs a container, with the busybox that it brings', () => {
    const { status, stdout, stderr } = started('try', 'echo', 'from the kit');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'from the kit\n');
  });

  it('plays the demo of the first lesson, in the dock, to its end', () => {
    const { status, stdout, stderr } = started('demo', 'process', '--auto');
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^4\/4 [^]*^LEFT BEHIND  processes 0 · mounts 0 · cgroups 0 +GOOD$/m);
  });

  it('has the chapters, and exercises with their checks: a compiler for TypeScript, and the types of Node’s', () => {
    assert.match(started('read', 'pid').stdout, /PID/);
    for (const lesson of ['names', 'rootfs']) {
      assert.equal(started('begin', lesson).status, 0);
      // As it is begun it fails by what the kernel says, not by what is missing.
      const { stdout, stderr } = started('check', lesson);
      assert.match(stdout, new RegExp(`drydock hint ${lesson}`), stderr);
      assert.doesNotMatch(stdout + stderr, /cannot find|not found|was not asked/i);
    }
  });

  it('says which package a check of C needs', () => {
    assert.equal(started('begin', 'process').status, 0);
    const { status, stderr } = started('check', 'process');
    assert.equal(status, 125);
    assert.match(stderr, /the C compiler cannot be started[^]*apt-get install gcc libc6-dev/);
  });

  it('notices that it has been changed, as any other tree', () => {
    writeFileSync(join(kit, 'src/changed.ts'), '');
    assert.notEqual(started('--version').status, 0);
  });
});
