import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHIM, withFolder } from './support.ts';

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EDOM = 33;
const MKDIR = { x64: 83, arm64: 34 }[process.arch as 'x64' | 'arm64'];

const instruction = (code: number, jt: number, jf: number, k: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jt, 2);
  bytes.writeUInt8(jf, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
};

/** Answers EDOM, which no file system gives, to mkdir(2), mkdirat(2) where there is no mkdir. */
const noMkdir = Buffer.concat([
  instruction(LOAD_WORD, 0, 0, 0),
  instruction(JUMP_IF_EQUAL, 0, 1, MKDIR),
  instruction(RETURN, 0, 0, ERRNO | EDOM),
  instruction(RETURN, 0, 0, ALLOW),
]);

/** Runs a command under a filter; as an ordinary user when asked. */
function filtered(program: Buffer, command: readonly string[], user?: number) {
  return withFolder((folder) => {
    chmodSync(folder, 0o755);
    const file = join(folder, 'filter');
    writeFileSync(file, program, { mode: 0o644 });
    const result = spawnSync(SHIM, ['filter', file, '--', ...command], { encoding: 'utf8', uid: user, gid: user });
    return { code: result.status, out: result.stdout, err: result.stderr };
  });
}

describe('drydock-shim filter', () => {
  it('runs the command under the filter, and what it starts too', async () => {
    const { code, err } = await filtered(noMkdir, ['sh', '-c', 'mkdir /tmp/never; exit 7']);
    assert.match(err, /Numerical argument out of domain/);
    assert.equal(code, 7);
  });

  it('leaves no_new_privs off as root, so that setuid programs go on working', async () => {
    const { out } = await filtered(noMkdir, ['grep', '-E', '^(NoNewPrivs|Seccomp):', '/proc/self/status']);
    assert.equal(out, 'NoNewPrivs:\t0\nSeccomp:\t2\n');
  });

  it('sets no_new_privs without root, because the kernel demands it', async () => {
    const { out } = await filtered(noMkdir, ['grep', '-E', '^(NoNewPrivs|Seccomp):', '/proc/self/status'], 65534);
    assert.equal(out, 'NoNewPrivs:\t1\nSeccomp:\t2\n');
  });

  it('refuses a file that is no program', async () => {
    for (const wrong of [Buffer.alloc(0), Buffer.alloc(7), Buffer.alloc(8 * 4097)]) {
      const { code, err } = await filtered(wrong, ['true']);
      assert.equal(code, 125);
      assert.match(err, /drydock-shim: filter: FILE must hold 1 to 4096 instructions of 8 bytes/);
    }
  });

  it('says what the kernel refuses', async () => {
    const { code, err } = await filtered(Buffer.alloc(8, 0xff), ['true']);
    assert.equal(code, 125);
    assert.match(err, /drydock-shim: filter: prctl PR_SET_SECCOMP: Invalid argument/);
  });

  it('exits with 127 when the command is not there', async () => {
    assert.equal((await filtered(noMkdir, ['no-such-program'])).code, 127);
  });
});
