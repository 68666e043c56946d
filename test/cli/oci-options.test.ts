import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { bundle, state } from './bundle.ts';
import { drydock, eventually, fresh, freshFolder, leavesNothing, output, run } from './support.ts';

describe('options of oci', function () {
  this.timeout(60_000);
  leavesNothing();

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
    assert.deepEqual([line.level, line.code], ['error', 'NO_SUCH_CONTAINER']);
    assert(line.time && line.hint, 'what runc has, and what else is known');
    assert.match(line.msg ?? '', /the container 'nobody' does not exist/);
  });

  it('say what went wrong also when --log takes no more', async () => {
    for (const log of ['/dev/full', '/nonexistent/log']) {
      const { code, stderr } = await drydock(['oci', '--log', log, 'state', 'nobody']);
      assert.equal(code, 125);
      assert.match(stderr, /'nobody' does not exist/);
      assert.match(stderr, /warning: the error is not in --log: (ENOSPC|ENOENT)/);
    }
    assert.equal((await drydock(['oci', '--log', '', 'list'])).code, 0);
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
      [['--preserve-fds', '1.5'], /from 0 to 50, not '1\.5'/],
      [['--preserve-fds', 'many'], /from 0 to 50, not 'many'/],
      [['--console-socket', join(path, 'socket')], /process\.terminal is false/],
    ] as const) {
      const { code, stderr } = await drydock([...create, ...words, fresh('unfit')]);
      assert.equal(code, 125);
      assert.match(stderr, said);
    }
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

  it('refuse a console socket in the foreground, as runc does', async () => {
    const path = await bundle(['true']);
    const { code, stderr } = await drydock(['oci', 'run', '-b', path, '--console-socket', '/nowhere', fresh('front')]);
    assert.equal(code, 125);
    assert.match(stderr, /--console-socket needs --detach/);
  });

  it('replace links where the pid file goes, and follow none', async () => {
    const [id, path] = [fresh('links'), await bundle(['true'])];
    const [victim, file] = [join(path, 'victim'), join(path, 'pid')];
    writeFileSync(victim, 'precious');
    for (const link of [file, `${file}.new`]) symlinkSync(victim, link);
    await output(['oci', 'create', '-b', path, '--pid-file', file, id]);
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
    assert.equal(readFileSync(file, 'utf8'), String((await state(id)).pid));
    await output(['oci', 'delete', '--force', id]);
  });

  it('pass on the sockets of an activation, then those of --preserve-fds', async () => {
    const program = 'echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; cat <&5';
    const path = await bundle(['sh', '-c', program]);
    for (const name of ['one', 'two', 'three']) writeFileSync(join(path, name), `${name}\n`);
    const script = `cd ${path}; exec 3<one 4<two 5<three; LISTEN_PID=$$ exec "$@"`;
    const given = { before: ['sh', '-c', script, 'sh'], env: { LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b' } };
    const words = ['oci', 'run', '-b', path, '--preserve-fds', '1'];
    assert.equal(await output([...words, fresh('sockets')], given), '2 1 a:b\none\ntwo\nthree\n');
  });

  it('are obeyed as `oci features` says', async () => {
    const { ociVersionMax, hooks, linux } = JSON.parse(await output(['oci', 'features'])) as {
      ociVersionMax: string;
      hooks: string[];
      linux: { namespaces: string[] };
    };
    const path = await bundle(['true'], (config) => {
      config.ociVersion = ociVersionMax;
      config.hooks = Object.fromEntries(hooks.map((name) => [name, [{ path: '/bin/true' }]]));
    });
    await output(['oci', 'run', '-b', path, fresh('hooks')]);
    assert.deepEqual(linux.namespaces, ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts']);
  });
});
