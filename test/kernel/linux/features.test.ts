import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { O_DIRECTORY, O_PATH } from '../../../src/linux/constants.ts';
import { featureNames, features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import { filter316 } from '../../../src/linux/seccomp316.ts';
import { skip } from '../support.ts';

/** The features of a process that runs under the filter of 3.16. */
function featuresUnderFilter(shim: string): Record<string, unknown> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'drydock-features-'));
  try {
    fs.writeFileSync(join(folder, 'filter'), filter316(process.arch as 'x64'));
    const script = `const { features } = require('${join(__dirname, '../../../src/linux/features.ts')}'); console.log(JSON.stringify(features()))`;
    const { stdout, stderr } = spawnSync(
      shim,
      ['filter', join(folder, 'filter'), '--', process.execPath, '-r', 'tsx/cjs', '-e', script],
      { encoding: 'utf8' },
    );
    assert.match(stdout, /^\{/, stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

describe('the probed features', () => {
  it('have an answer each, the same at the second time', () => {
    const first = { ...features() };
    for (const name of featureNames) assert.equal(typeof first[name], 'boolean', name);
    assert.deepEqual({ ...features() }, first);
  });

  it('agree with what the calls do', () => {
    const now = features();
    const copy = native.sealedCopy('/bin/true');
    assert.equal(fs.readlinkSync(`/proc/self/fd/${copy}`).startsWith('/memfd:'), now.memfd);
    fs.closeSync(copy);
    const works = (body: () => number): boolean => {
      try {
        fs.closeSync(body());
        return true;
      } catch {
        return false;
      }
    };
    assert.equal(
      works(() => native.openTree(-100, '/proc', 1)),
      now.newMountApi,
    );
    assert.equal(
      fs.existsSync('/sys/fs/cgroup/pids') || fs.existsSync('/sys/fs/cgroup/cgroup.controllers'),
      now.cgroupPids,
    );
    const root = fs.openSync('/', O_PATH | O_DIRECTORY);
    assert.equal(
      works(() => native.rootedOpen(root, 'proc', O_PATH, 0)),
      true,
    );
    fs.closeSync(root);
  });

  it('leave no process, mount or descriptor behind', () => {
    const state = () => [
      fs.readFileSync('/proc/self/mountinfo', 'utf8'),
      fs.readdirSync('/proc/self/fd').length,
      fs.readFileSync('/proc/thread-self/children', 'utf8'),
    ];
    const before = state();
    for (const name of ['clone3', 'cloneIntoCgroup', 'overlay', 'tiocgptpeer', 'deviceProgram', 'fsopen'])
      native.probe(name);
    assert.deepEqual(state(), before);
  });

  it('are those of an old kernel under the filter of Linux 3.16, and Node still runs', function () {
    const shim = join(process.env.DRYDOCK_HOME ?? join(__dirname, '../../..'), 'build/Release/drydock-shim');
    if (!fs.existsSync(shim)) skip(this, 'drydock-shim is not built');
    const old = featuresUnderFilter(shim);
    const calls = [
      'clone3',
      'cloneIntoCgroup',
      'pidfd',
      'openat2',
      'newMountApi',
      'mountSetattr',
      'closeRange',
      'memfd',
    ];
    const requests = ['seccompSyscall', 'seccompListener', 'ambientCapabilities', 'tiocgptpeer', 'cgroupDeviceProgram'];
    for (const name of [...calls, ...requests]) assert.equal(old[name], false, name);
  });
});
