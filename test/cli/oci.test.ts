import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, state, type Config } from './bundle.ts';
import { cli, drydock, environment, eventually, fresh, freshFolder, leavesNothing, output, run } from './support.ts';

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
    assert.match(gone.stderr, /does not exist/);
  });

  it('loads nothing of Node’s for sockets, terminals and digests: each start would pay for it', async () => {
    const [id, path] = ['0123456789ab', await bundle(['true'])];
    const tell = join(freshFolder('tell'), 'tell.cjs');
    writeFileSync(tell, "process.on('exit', () => require('fs').writeSync(1, process.moduleLoadList.join('\\n')))");
    const costly = ['net', 'tty', 'stream', 'crypto', 'child_process', 'perf_hooks', 'internal/perf/performance'];
    const found: string[] = [];
    for (const words of [
      ['create', '-b', path, id],
      ['start', id],
      ['delete', '--force', id],
    ]) {
      const env = { ...environment, NODE_OPTIONS: `--require=${tell}` };
      const loaded = (await output(['oci', ...words], { env })).split('\n');
      assert.ok(loaded.includes('NativeModule fs'), loaded.join(' '));
      found.push(
        ...costly.filter((name) => loaded.includes(`NativeModule ${name}`)).map((name) => `${words[0]}: ${name}`),
      );
    }
    assert.deepEqual(found, []);
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

  for (const [interpreter, code] of [
    ['/no/such/interpreter', 127],
    ['/etc/passwd', 126],
  ] as const)
    it(`ends with ${code} when the interpreter of the program is ${interpreter}`, async () => {
      const path = await bundle(['/odd']);
      writeFileSync(join(path, 'rootfs/odd'), `#!${interpreter}\n`, { mode: 0o755 });
      const answer = await drydock(['oci', 'run', '-b', path, fresh('odd')]);
      assert.equal(answer.code, code, answer.stderr);
      assert.match(answer.stderr, /^drydock: "\/odd"/);
    });

  it('warns of a hook that fails when it is too late to stop, and goes on', async () => {
    const poststart = [{ path: '/bin/false' }];
    const [id, path] = [
      fresh('warned'),
      await bundle(['sleep', '1000'], (config) => void (config.hooks = { poststart })),
    ];
    await output(['oci', 'create', '-b', path, id]);
    const { code, stderr } = await drydock(['oci', 'start', id]);
    assert.deepEqual(
      [code, stderr],
      [0, `drydock: warning: container '${id}': the poststart hook /bin/false ended with 1\n`],
    );
    assert.equal((await drydock(['oci', 'kill', id, '0'])).code, 0);
    await output(['oci', 'delete', '--force', id]);
  });

  it('lists the others when the state of one cannot be read', async () => {
    const [one, other, path] = [fresh('one'), fresh('other'), await bundle(['sleep', '1000'])];
    for (const id of [one, other]) await output(['oci', 'create', '-b', path, id]);
    const states = join(run, 'oci');
    const file = readdirSync(states)
      .map((name) => join(states, name, 'state.json'))
      .find((name) => readFileSync(name, 'utf8').includes(`"${one}"`))!;
    writeFileSync(file, '{');
    const { code, stdout, stderr } = await drydock(['oci', 'list', '-q']);
    assert.deepEqual([code, stdout], [0, `${other}\n`]);
    assert.match(stderr, /^drydock: warning: .*state\.json is not JSON/);
    for (const id of [one, other]) await drydock(['oci', 'delete', '--force', id]);
    assert.equal(await output(['oci', 'list', '-q']), '');
  });

  it('lets exactly one of two have an id', async () => {
    const [id, path] = [fresh('one'), await bundle(['sleep', '1000'])];
    const answers = await Promise.all([1, 2, 3].map(() => drydock(['oci', 'create', '-b', path, id])));
    assert.deepEqual(answers.map(({ code }) => code).sort(), [0, 125, 125]);
    assert.equal((await state(id)).status, 'created');
    await output(['oci', 'delete', '--force', id]);
  });

  it('names the way out of a state in which a verb does nothing', async () => {
    const [path, id] = [await bundle(['sleep', '1000']), fresh('oci')];
    const hintOf = async (...words: string[]): Promise<string> => {
      const { code, stderr } = await drydock(['oci', ...words, id]);
      assert.equal(code, 125);
      return stderr;
    };
    await output(['oci', 'create', '--bundle', path, id]);
    try {
      assert.match(await hintOf('delete'), new RegExp(`oci kill ${id} KILL.* ends it; .delete --force. does`));
      await output(['oci', 'pause', id]);
      assert.match(await hintOf('start'), new RegExp(`oci resume ${id}.* lets it go on`));
    } finally {
      await output(['oci', 'delete', '--force', id]);
    }
  });

  it('says which config.json could not be written, and leaves no half of one', async () => {
    const nowhere = await drydock(['oci', 'spec', '-b', '/proc/none']);
    assert.equal(nowhere.code, 125);
    assert.match(nowhere.stderr, /cannot write \/proc\/none\/config\.json: ENOENT/);
    const full = freshFolder('full');
    const script = `mount -t tmpfs -o size=4k,mode=700 none "$1" && cd "$1" && head -c 4096 /dev/zero >all
      "$2" "$3" oci spec; echo $?; ls`;
    const words = ['-m', 'sh', '-c', script, 'sh', full, process.execPath, cli];
    const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', env: environment });
    assert.equal(stdout, '125\nall\n', stderr);
    assert.match(stderr, /cannot write .*\/full-.*\/config\.json: ENOSPC/);
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
      (config) => ({ ...config, linux: { intelRdt: { closID: 'x' } } }),
      /linux\.intelRdt/,
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
