/** The program of lesson seccomp that makes system calls by their numbers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { native, projectHome } from '../../../src/linux/native.ts';

const PROBE = join(projectHome(), 'build/Release/drydock-probe');
const probe = (...words: string[]) => spawnSync(PROBE, words, { encoding: 'utf8' });
const numberOf = (name: string): number => native.syscallNumber(name)!;

describe('the probe', () => {
  it('says for each call what the kernel answers', () => {
    const [getpid, close] = [numberOf('getpid'), numberOf('close')];
    const { stdout, status } = probe(`call:${getpid}`, `call:${close},-1`, 'call:99999');
    assert.equal(stdout, `call:${getpid} ok\ncall:${close} EBADF\ncall:99999 ENOSYS\n`);
    assert.equal(status, 0);
  });

  it('asks for a time that nobody can set: the clock stays as it is', () => {
    const number = numberOf('clock_settime');
    assert.equal(probe(`call:${number},0,time`).stdout, `call:${number} EINVAL\n`);
  });

  it('refuses a word that is no call, with what one is', () => {
    const { stderr, status } = probe('mkdir');
    assert.equal(status, 2);
    assert.match(stderr, /'mkdir' is not WAY:NUMBER/);
  });
});
