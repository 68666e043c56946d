/** The kit (scripts/kit.ts): unpacked on a machine that has neither Node nor a network, nor this project, it works. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, home } from './support.ts';

describe('the kit', function () {
  this.timeout(600_000);
  let kit = '';

  before(() => {
    const out = freshFolder('kit');
    const env = { ...process.env, XZ_OPT: '-0' };
    const words = ['--import', 'tsx', 'scripts/kit.ts', `--out=${out}`];
    execFileSync(process.execPath, words, { cwd: home, env, stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('sha256sum', ['--quiet', '-c', `drydock-kit-${process.arch}.tar.xz.sha256`], { cwd: out });
    execFileSync('tar', ['-C', out, '-xJf', join(out, `drydock-kit-${process.arch}.tar.xz`)]);
    kit = join(out, 'drydock');
  });

  /** Starts it where there is no network, this project is not to be seen, and PATH has a few tools and no Node. */
  function started(...words: string[]): { status: number | null; stdout: string; stderr: string } {
    const folder = freshFolder('elsewhere');
    const [bin, own] = [join(folder, 'bin'), join(folder, 'own')];
    for (const part of [bin, own, join(folder, 'work')]) mkdirSync(part);
    for (const name of ['sh', 'id', 'find', 'mkdir', 'cut', 'getent', 'readlink', 'mount', 'git'])
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    // What stands in the way of a trial is put out of sight: this project, by a file system over it.
    const script = 'mount -t tmpfs none "$1" && shift && cd / && exec "$@"';
    const argv = ['-mn', 'sh', '-c', script, 'sh', home, join(kit, 'drydock'), ...words];
    const env = {
      PATH: bin,
      HOME: folder,
      DRYDOCK_ROOT: own,
      DRYDOCK_RUN: join(own, 'run'),
      DRYDOCK_WORK: join(folder, 'work'),
    };
    return spawnSync('/usr/bin/unshare', argv, { env, encoding: 'utf8' });
  }

  it('is what its sums say', () => {
    execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: kit });
    assert.match(readFileSync(join(kit, 'SHA256SUMS'), 'utf8'), /[.]node[/]bin[/]node$/m);
  });

  it('runs a container, with the busybox that it brings', () => {
    const { status, stdout, stderr } = started('try', 'echo', 'from the kit');
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'from the kit\n');
  });

  it('has the chapters, and an exercise with its checks', () => {
    assert.match(started('read', 'pid').stdout, /PID/);
    assert.equal(started('begin', 'names').status, 0);
    // As it is begun it fails, by a hint: the compiler that rebuilds the runtime is in the kit.
    const begun = started('check', 'names');
    assert.match(begun.stdout + begun.stderr, /begin names/);
  });

  it('notices that it has been changed, as any other tree', () => {
    writeFileSync(join(kit, 'src/changed.ts'), '');
    assert.notEqual(started('--version').status, 0);
  });
});
