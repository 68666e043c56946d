import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { drydock, eventually, fresh, freshFolder, leavesNothing, output, root, run } from './support.ts';

type Config = Record<string, unknown> & { process: { args: string[]; terminal: boolean } };

/** A bundle with the lab's files and the config that `oci spec` writes, changed by `change`. */
async function bundle(args: string[], change: (config: Config) => void = () => undefined): Promise<string> {
  const path = freshFolder('bundle');
  cpSync(await labRoot(root), join(path, 'rootfs'), { recursive: true, verbatimSymlinks: true });
  await output(['oci', 'spec', '--bundle', path]);
  const file = join(path, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Config;
  config.process.args = args;
  config.process.terminal = false;
  change(config);
  writeFileSync(file, JSON.stringify(config));
  return path;
}

const state = async (id: string): Promise<{ status: string; pid: number; id: string; bundle: string }> =>
  JSON.parse(await output(['oci', 'state', id])) as never;

describe('oci', function () {
  this.timeout(60_000);
  leavesNothing();

  it('takes a container from create to delete, each verb a process of its own', async () => {
    const [id, path] = [fresh('life'), await bundle(['sh', '-c', 'echo ran > /ran; sleep 1000'])];
    await output(['oci', 'create', '-b', path, '--pid-file', join(path, 'pid'), id]);
    const created = await state(id);
    assert.deepEqual([created.status, created.id, created.bundle], ['created', id, path]);
    assert.equal(readFileSync(join(path, 'pid'), 'utf8'), String(created.pid));
    assert.match(readFileSync(`/proc/${created.pid}/status`, 'utf8'), /^NSpid:\t\d+\t1$/m);

    await output(['oci', 'start', id]);
    assert.equal((await state(id)).status, 'running');
    assert.equal((await drydock(['oci', 'delete', id])).code, 125);
    assert.match(await output(['oci', 'list']), new RegExp(`${id} +${created.pid} +running`));
    assert.equal(await output(['oci', 'list', '-q']), `${id}\n`);
    assert.equal((JSON.parse(await output(['oci', 'list', '--format', 'json'])) as unknown[]).length, 1);

    await output(['oci', 'kill', id, 'KILL']);
    await eventually(
      async () => (await state(id)).status === 'stopped',
      () => 'it does not stop',
    );
    await output(['oci', 'delete', id]);
    const gone = await drydock(['oci', 'state', id]);
    assert.equal(gone.code, 125);
    assert.match(gone.stderr, /no container/);
  });

  it('runs in the foreground, with its exit code, and removes it', async () => {
    const path = await bundle(['sh', '-c', 'echo hello; exit 7']);
    const { code, stdout, stderr } = await drydock(['oci', 'run', '--bundle', path, fresh('run')]);
    assert.deepEqual([code, stdout, stderr], [7, 'hello\n', '']);
    assert.equal(await output(['oci', 'list', '-q']), '');
  });

  it('runs in the background with --detach', async () => {
    const [id, path] = [fresh('detached'), await bundle(['sleep', '1000'])];
    await output(['oci', 'run', '-d', '-b', path, id]);
    assert.equal((await state(id)).status, 'running');
    await output(['oci', 'delete', '--force', id]);
    await output(['oci', 'delete', '--force', id]);
  });

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
    assert.match(overflown.stderr, /--user is UID or UID:GID/);
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

  it('keeps nothing when nobody can be told the pid', async () => {
    const path = await bundle(['sleep', '1000']);
    for (const verb of [['create'], ['run', '-d']]) {
      const words = ['oci', ...verb, '-b', path, '--pid-file', join(path, 'nowhere/pid'), fresh('untold')];
      assert.equal((await drydock(words)).code, 125, verb.join(' '));
      assert.equal(await output(['oci', 'list', '-q']), '', verb.join(' '));
    }
  });

  it('changes the root with chroot when --no-pivot says so', async () => {
    const path = await bundle(['sleep', '1000']);
    for (const [options, isolator] of [
      [[], 'pivot'],
      [['--no-pivot'], 'chroot'],
    ] as const) {
      const id = fresh('root');
      await output(['oci', 'run', '-d', ...options, '-b', path, id]);
      assert.equal(readlinkSync(`/proc/${(await state(id)).pid}/root`), '/', 'nothing lies above it');
      const [folder] = readdirSync(join(run, 'oci'));
      const { stack } = JSON.parse(readFileSync(join(run, 'oci', folder!, 'state.json'), 'utf8')) as {
        stack: string[];
      };
      assert(stack.includes(isolator), `${stack.join()} has ${isolator}`);
      await output(['oci', 'delete', '--force', id]);
    }
  });

  it('refuses options that do not fit', async () => {
    const path = await bundle(['true']);
    const create = ['oci', 'create', '-b', path];
    for (const [words, said] of [
      [['--preserve-fds', '51'], /from 0 to 50/],
      [['--preserve-fds', '1.5'], /from 0 to 50/],
      [['--console-socket', join(path, 'socket')], /process\.terminal is false/],
    ] as const) {
      const { code, stderr } = await drydock([...create, ...words, fresh('unfit')]);
      assert.equal(code, 125);
      assert.match(stderr, said);
    }
  });

  it('takes global options before the verb', async () => {
    const [id, path] = [fresh('global'), await bundle(['sleep', '1000'])];
    const states = join(path, 'states');
    await output(['oci', '--root', states, '--log', join(path, 'log'), 'create', '-b', path, id]);
    assert.equal(await output(['oci', '--root', states, 'list', '-q']), `${id}\n`);
    assert.equal(await output(['oci', 'list', '-q']), '');
    await output(['oci', '--root', states, 'delete', '-f', id]);
  });

  it('appends what went wrong to --log, as JSON if asked', async () => {
    const log = join(freshFolder('log'), 'log.json');
    const { code } = await drydock(['oci', '--log', log, '--log-format', 'json', 'state', 'nobody']);
    assert.equal(code, 125);
    const line = JSON.parse(readFileSync(log, 'utf8')) as Record<string, string>;
    assert.deepEqual([line.level, Object.keys(line).sort()], ['error', ['level', 'msg', 'time']]);
    assert.match(line.msg ?? '', /no container 'nobody'/);
  });

  it('lets exactly one of two have an id', async () => {
    const [id, path] = [fresh('one'), await bundle(['sleep', '1000'])];
    const answers = await Promise.all([1, 2, 3].map(() => drydock(['oci', 'create', '-b', path, id])));
    assert.deepEqual(answers.map(({ code }) => code).sort(), [0, 125, 125]);
    assert.equal((await state(id)).status, 'created');
    await output(['oci', 'delete', '--force', id]);
  });

  it('sends the terminal to the console socket', async () => {
    const [id, path] = [
      fresh('console'),
      await bundle(['sleep', '1000'], (config) => (config.process.terminal = true)),
    ];
    const socket = join(path, 'console');
    let arrived = 0;
    const server = createServer((connection) => connection.on('data', (data) => (arrived += data.length)));
    await new Promise<void>((ready) => server.listen(socket, ready));
    try {
      const without = await drydock(['oci', 'create', '-b', path, id]);
      assert.match(without.stderr, /needs --console-socket/);
      await output(['oci', 'create', '-b', path, '--console-socket', socket, id]);
      await eventually(
        () => arrived > 0,
        () => 'nothing came',
      );
    } finally {
      server.close();
      await output(['oci', 'delete', '--force', id]);
    }
  });

  it('does not overwrite a config.json', async () => {
    const path = await bundle(['true']);
    const before = readFileSync(join(path, 'config.json'), 'utf8');
    const { code, stderr } = await drydock(['oci', 'spec', '-b', path]);
    assert.equal(code, 125);
    assert.match(stderr, /exists already/);
    assert.equal(readFileSync(join(path, 'config.json'), 'utf8'), before);
  });

  const broken: [what: string, text: (config: Config) => unknown, said: RegExp][] = [
    ['is no JSON', () => '{ "process": ', /config\.json is not JSON/],
    [
      'has a number for a word',
      ({ process, ...rest }) => ({ ...rest, process: { ...process, args: [1] } }),
      /process\.args\.0/,
    ],
    ['has no process', (config) => ({ ...config, process: undefined }), /process/],
    [
      'has a relative mount point',
      (config) => ({ ...config, mounts: [{ destination: 'tmp' }] }),
      /mounts\.0\.destination/,
    ],
    [
      'has an unknown namespace',
      (config) => ({ ...config, linux: { namespaces: [{ type: 'uds' }] } }),
      /linux\.namespaces\.0\.type/,
    ],
    ['mounts over /proc', (config) => ({ ...config, mounts: [{ destination: '/proc/sys', type: 'tmpfs' }] }), /\/proc/],
    [
      'asks for what is not applied',
      (config) => ({ ...config, linux: { seccomp: { defaultAction: 'SCMP_ACT_ERRNO' } } }),
      /linux\.seccomp/,
    ],
  ];
  for (const [what, text, said] of broken)
    it(`says where a config.json is wrong that ${what}`, async () => {
      const path = await bundle(['true']);
      const file = join(path, 'config.json');
      const changed = text(JSON.parse(readFileSync(file, 'utf8')) as Config);
      writeFileSync(file, typeof changed === 'string' ? changed : JSON.stringify(changed));
      const { code, stderr } = await drydock(['oci', 'run', '-b', path, fresh('broken')]);
      assert.equal(code, 125);
      assert.match(stderr, said);
    });

  it('refuses a root file system with a link in place of /proc', async () => {
    const path = freshFolder('hostile');
    mkdirSync(join(path, 'rootfs/target'), { recursive: true });
    symlinkSync('/target', join(path, 'rootfs/proc'));
    await output(['oci', 'spec', '-b', path]);
    const config = readFileSync(join(path, 'config.json'), 'utf8').replace('"terminal": true', '"terminal": false');
    writeFileSync(join(path, 'config.json'), config);
    const { code, stderr } = await drydock(['oci', 'run', '-b', path, fresh('hostile')]);
    assert.equal(code, 125);
    assert.match(stderr, /mount_at\(root, "\/proc"/);
    assert.match(stderr, /isolators\/mounts\.ts:\d+/);
  });

  it('is told when no state can be saved, and leaves nothing', async () => {
    const path = await bundle(['true']);
    const script = 'mount -t tmpfs -o size=4k,nr_inodes=3 none "$1" && shift && exec "$@"';
    const full = freshFolder('full');
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh', full];
    const { code, stderr } = await drydock(['oci', '--root', full, 'run', '-b', path, fresh('full')], { before });
    assert.equal(code, 125);
    assert.match(stderr, /ENOSPC|no space/i);
  });
});
