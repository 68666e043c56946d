import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, state } from './bundle.ts';
import { drydock, eventually, fresh, leavesNothing, output } from './support.ts';

describe('oci exec', function () {
  this.timeout(60_000);
  leavesNothing();

  it('runs further processes in a container', async () => {
    const [id, path] = [fresh('exec'), await bundle(['sleep', '1000'])];
    await output(['oci', 'run', '-d', '-b', path, id]);
    const words = ['oci', 'exec', '-e', 'A=b', '--cwd', '/tmp', '-u', '1000:5', id];
    const text = await output([...words, 'sh', '-c', 'echo $A $TERM; pwd; echo $(id -u):$(id -g); cat /proc/1/comm']);
    assert.equal(text, 'b xterm\n/tmp\n1000:5\nsleep\n');
    assert.equal((await drydock(['oci', 'exec', id, 'sh', '-c', 'exit 9'])).code, 9);
    assert.equal((await drydock(['oci', 'exec', id, 'nothing-of-this-name'])).code, 127);
    const file = join(path, 'process.json');
    writeFileSync(file, JSON.stringify({ args: ['echo', 'from a file'], cwd: '/', user: { uid: 0, gid: 0 } }));
    assert.match((await drydock(['oci', 'exec', '-p', file, id])).stderr, /echo.*not found|^$/);
    // 2^32 would be root.
    const overflown = await drydock(['oci', 'exec', '-u', '4294967296', id, 'true']);
    assert.match(overflown.stderr, /the id 4294967296 is too large/);
    await output(['oci', 'kill', '--all', id, '9']);
    await output(['oci', 'delete', '--force', id]);
  });

  it('runs further processes in the background, and signals all of them with --all', async () => {
    const [id, path] = [fresh('exec'), await bundle(['sleep', '1000'])];
    await output(['oci', 'run', '-d', '-b', path, id]);
    const file = join(path, 'pid');
    await output(['oci', 'exec', '-d', '--pid-file', file, id, 'sleep', '2000']);
    const further = `/proc/${readFileSync(file, 'utf8')}`;
    assert.equal(readFileSync(`${further}/cmdline`, 'utf8'), 'sleep\x002000\x00');
    // PID 1 has no handler for it, and so lives on.
    await output(['oci', 'kill', '--all', id, 'TERM']);
    await eventually(
      () => !existsSync(further),
      () => 'it does not end',
    );
    assert.equal((await state(id)).status, 'running');
    await output(['oci', 'delete', '--force', id]);
  });

  it('gives each variable one value, and finds the program by the new PATH', async () => {
    const path = await bundle(
      ['sleep', '1000'],
      ({ process }) => (process.env = ['PATH=/bin:/usr/bin', 'A=old', 'B=b']),
    );
    const id = fresh('variables');
    writeFileSync(
      join(path, 'rootfs/opt/mine'),
      '#!/bin/sh\n/bin/cat /proc/$$/environ | /bin/busybox tr "\\0" "\\n"\n',
    );
    chmodSync(join(path, 'rootfs/opt/mine'), 0o755);
    await output(['oci', 'run', '-d', '-b', path, id]);
    const text = await output(['oci', 'exec', '-e', 'A=new', '-e', 'PATH=/opt', '-e', 'C=c', id, 'mine']);
    assert.deepEqual(text.trim().split('\n').sort(), ['A=new', 'B=b', 'C=c', 'HOME=/root', 'PATH=/opt']);
    await output(['oci', 'delete', '--force', id]);
  });

  it('refuses options that do not fit, by name', async () => {
    const [id, path] = [fresh('unfit'), await bundle(['sleep', '1000'])];
    await output(['oci', 'run', '-d', '-b', path, id]);
    for (const [words, said] of [
      [['-e', 'BAD'], /'-e BAD' has no value/],
      [['-e', '=x'], /names no variable/],
      [['--cwd', 'tmp'], /--cwd is an absolute path in the container, not 'tmp'/],
      [['--preserve-fds', '51'], /from 0 to 50/],
      [['--console-socket', '/nowhere'], /--console-socket needs --detach/],
    ] as const) {
      const { code, stderr } = await drydock(['oci', 'exec', ...words, id, 'true']);
      assert.equal(code, 125, words.join(' '));
      assert.match(stderr, said);
    }
    await output(['oci', 'delete', '--force', id]);
  });

  it('looks the user up in the container', async () => {
    const [id, path] = [fresh('users'), await bundle(['sleep', '1000'])];
    writeFileSync(join(path, 'rootfs/etc/passwd'), 'root:x:0:0::/:\nsailor:x:77:78::/:\n');
    writeFileSync(join(path, 'rootfs/etc/group'), 'crew:x:79:sailor\n');
    await output(['oci', 'run', '-d', '-b', path, id]);
    const idOf = (user: string): Promise<string> =>
      output(['oci', 'exec', '-u', user, id, 'sh', '-c', 'echo $(id -u):$(id -g) $(id -G)']);
    assert.equal(await idOf('sailor'), '77:78 78 79\n');
    assert.equal(await idOf('77'), '77:78 78 79\n');
    assert.equal(await idOf('sailor:crew'), '77:79 79\n');
    assert.equal(await idOf('5:6'), '5:6 6\n');
    const { code, stderr } = await drydock(['oci', 'exec', '-u', 'bob', id, 'true']);
    assert.equal(code, 125);
    assert.match(stderr, /unable to find user bob: no matching entries in passwd file/);
    await output(['oci', 'delete', '--force', id]);
  });
});
