/** A bundle that somebody changes while it is read, and files of a container that nobody should have made so large. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../../src/errors.ts';
import { readSpec, type Process } from '../../../src/runtime/spec.ts';
import { withHome } from '../../../src/runtime/passwd.ts';
import { findAccount } from '../../../src/runtime/account.ts';
import { boxed, leavesNothing, makeBundle, runBox, specOf, withBox } from '../support.ts';

/** Writes the config anew for ever, in place: a reader may meet it empty or half written. */
const rewriting = `
const { readFileSync, writeFileSync } = require('node:fs');
const [path] = process.argv.slice(1);
const text = readFileSync(path, 'utf8');
console.log('ready');
const still = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; ; i++) {
  writeFileSync(path, i % 2 ? text : text.replace('"true"', '"true", "more"'));
  if (i % 10 === 0) Atomics.wait(still, 0, 0, 1); // whole for a millisecond
}
`;

describe('a bundle that changes while it is read', function () {
  leavesNothing();

  it('is one of its versions, or an error that says what is wrong with it', async () => {
    const bundle = makeBundle();
    const path = join(bundle, 'config.json');
    writeFileSync(path, JSON.stringify(specOf({ args: ['true'] })));
    const writer = spawn(process.execPath, ['-e', rewriting, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(writer, 'exit');
    await once(writer.stdout, 'data');
    let read = 0;
    try {
      for (let i = 0; i < 2000; i++)
        try {
          const { args } = readSpec(bundle).process;
          assert(['true', 'true,more'].includes(args.join()), args.join());
          read++;
        } catch (error) {
          assert(error instanceof DrydockError, String(error));
          assert.equal(error.code, 'SPEC_INVALID');
        }
    } finally {
      writer.kill('SIGKILL');
      await ended;
    }
    assert(read > 0, 'it was whole at least once');
  });

  it('is for the container what it was at create', async () => {
    const bundle = makeBundle();
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }), bundle });
    await withBox(options, () => writeFileSync(join(bundle, 'config.json'), 'nonsense'));
  });
});

describe('a container with an /etc/group of 100 MB', function () {
  leavesNothing();

  it('runs, and no user of it is looked up in that', async () => {
    const bundle = makeBundle();
    const rootfs = join(bundle, 'rootfs');
    for (const name of ['passwd', 'group']) {
      const file = openSync(join(rootfs, 'etc', name), 'w');
      ftruncateSync(file, 100 << 20);
      closeSync(file);
    }
    assert.throws(() => findAccount('sailor', rootfs), {
      code: 'BAD_USAGE',
      message: /cannot be used to look a user up/,
    });
    assert.throws(() => findAccount('0:sailor', rootfs), { code: 'BAD_USAGE' });
    const { code, text } = await runBox({ bundle, spec: specOf({ args: ['sh', '-c', 'echo $HOME'] }) });
    assert.deepEqual([code, text], [0, '/\n']);
  });

  it('is not led out by a link in its place', () => {
    const rootfs = join(makeBundle(), 'rootfs');
    unlinkSync(join(rootfs, 'etc/passwd'));
    symlinkSync('/../../../../../../../../etc/passwd', join(rootfs, 'etc/passwd'));
    const process: Process = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } };
    assert.deepEqual(withHome(process, rootfs).env, ['HOME=/'], 'inside, it leads to itself');
  });
});
