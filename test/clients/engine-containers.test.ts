/**
 * Containers over the engine's API, with the real `docker`: each command is given to our engine and to a dockerd, and both
 * must answer the same, to the exit code.
 */
import assert from 'node:assert/strict';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { command, freshFolder, labArchive, said, skipAll } from './support.ts';

const none = ['--network', 'none'];

type Shown = Record<'HostConfig' | 'Config' | 'State' | 'NetworkSettings', Record<string, unknown>>;

/** The places in which theirs has a field and ours has none. Their drivers and their networks have names of their own. */
function lacking(mine: unknown, other: unknown, place = ''): string[] {
  if (typeof other !== 'object' || other === null || /GraphDriver/.test(place)) return [];
  if (typeof mine !== 'object' || mine === null) return [];
  return Object.entries(other).flatMap(([key, value]) => {
    const at = `${place}/${key}`;
    return key in mine ? lacking((mine as Record<string, unknown>)[key], value, at) : [at];
  });
}

describe('containers, by the real docker', function () {
  this.timeout(180_000);
  let ours: Awaited<ReturnType<typeof startEngine>>;
  let theirs: Server;

  const same = (words: readonly string[], given: Parameters<typeof both>[3] = {}) => both(ours, theirs, words, given);
  const run = (...words: string[]): string[] => ['run', '--rm', ...none, ...words];

  before('an engine, and a dockerd, each with the lab', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [ours, theirs] = await Promise.all([startEngine(), startDockerd()]);
    for (const server of [ours, theirs]) await said(server.docker('import', await labArchive(), 'lab'));
  });
  after(async () => {
    if (ours) await command(['sh', '-c', `docker -H ${ours.host} ps -aq | xargs -r docker -H ${ours.host} rm -f`]);
    await ours?.end();
    await theirs?.end();
  });

  it('runs a command, with its output, its errors and its exit code', async () => {
    assert.equal((await same(run('lab', 'sh', '-c', 'echo out; echo err >&2; exit 42'))).code, 42);
    assert.equal((await same(run('-i', 'lab', 'cat'), { input: 'words' })).stdout, 'words');
    assert.equal((await same(run('lab', 'cat'), { input: 'unheard' })).stdout, '');
    assert.equal((await same(run('lab', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?'))).code, 137);
  });

  it('says why it cannot run one', async () => {
    const brief = (text: string): string => text.replace(/daemon: [\s\S]*exec: "/, 'daemon: exec: "');
    assert.equal((await same(run('lab', 'no-such-program'), { same: brief })).code, 127);
    assert.equal((await command(ours.docker(...run('lab', '/etc/passwd')))).code, 126);
    await same(['create', '--name', 'x y', 'lab', 'true']);
    await same(['create', 'lab']);
    await same(['start', 'nobody']);
    await same(['logs', 'nobody']);
    await same(['exec', 'nobody', 'true']);
    await same(['rm', 'nobody']);
    await same(['inspect', 'nobody']);
  });

  it('has the hosts that were asked for without a network, too, and says that ports of the machine’s need nobody', async () => {
    assert.match(
      (await same(run('--add-host', 'db:10.1.2.3', 'lab', 'cat', '/etc/hosts'))).stdout,
      /^10\.1\.2\.3\tdb$/m,
    );
    const { stderr } = await same(['run', '--rm', '--network', 'host', '-p', '80:80', 'lab', 'true']);
    assert.equal(stderr, 'WARNING: Published ports are discarded when using host network mode\n');
  });

  it('is seen from outside under its name, whether an engine is there or not', async () => {
    await said(ours.docker('run', '-d', '--name', 'glass', ...none, 'lab', 'sleep', '1000'));
    const id = (await said(ours.docker('inspect', '-f', '{{.Id}}', 'glass'))).trim();
    const places = [`DRYDOCK_ROOT=${ours.root}`, `DRYDOCK_RUN=${ours.run}`];
    const xray = ['env', ...places, process.execPath, join(projectHome(), 'dist/drydock.cjs'), 'xray'];
    const { id: found, status } = JSON.parse(await said([...xray, 'glass', '--json'])) as Record<string, string>;
    assert.deepEqual([found, status], [id, 'running']);
    assert.match((await command([...xray, 'glas'])).stderr, /did you mean 'glass'/);
    await said(ours.docker('rm', '-f', 'glass'));
  });

  it('keeps one that runs, and tells of it', async () => {
    await same(['run', '-d', '--name', 'one', ...none, 'lab', 'sh', '-c', 'echo hello; exec sleep 1000']);
    await same(['run', '-d', '--name', 'one', ...none, 'lab', 'true']);
    await same(['ps', '--format', '{{.Names}} {{.Image}} {{.Command}} {{.State}}']);
    await same(['ps', '-a', '--filter', 'status=exited']);
    await same(['logs', 'one']);
    await same(['inspect', '-f', '{{.State.Status}} {{.Config.Cmd}} {{.HostConfig.NetworkMode}} {{.Path}}', 'one']);
    await same(['exec', 'one', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.equal((await same(['exec', '-i', 'one', 'cat'], { input: 'words' })).stdout, 'words');
    await same(['exec', '-d', 'one', 'touch', '/made']);
    await same(['pause', 'one']);
    await same(['ps', '--format', '{{.Names}} {{.State}}']);
    await same(['exec', 'one', 'true']);
    await same(['unpause', 'one']);
    await same(['rename', 'one', 'two']);
    await same(['rm', 'two']);
    await same(['kill', '-s', 'KILL', 'two']);
    assert.equal((await same(['wait', 'two'])).stdout, '137\n');
    await same(['kill', 'two']);
    await same(['rm', 'two']);
    await same(['ps', '-aq']);
  });

  it('copies files in and out, and shows what has changed', async () => {
    await same(['create', '--name', 'files', ...none, 'lab', 'true']);
    const from = freshFolder('from');
    writeFileSync(join(from, 'new'), 'text');
    await same(['cp', from, 'files:/srv/']);
    await same(['cp', 'files:/srv/from/new', '-'], { same: (text) => String(text.includes('text')) });
    await same(['cp', 'files:/none', '-']);
    await same(['diff', 'files']);
    await same(['rm', 'files']);
  });

  it('gives what is copied out to whoever copies it, also with --archive, as the real client does', async () => {
    const to = freshFolder('owned');
    const drydock = [process.execPath, join(projectHome(), 'dist/drydock.cjs'), '-H', ours.host];
    await said(ours.docker('create', '--name', 'owned', ...none, 'lab', 'true'));
    const made = join(freshFolder('made'), 'file');
    writeFileSync(made, 'text');
    chownSync(made, 1234, 2345);
    await said(ours.docker('cp', made, 'owned:/file'));
    for (const [i, client] of [ours.docker(), drydock].entries())
      for (const words of [['cp'], ['cp', '--archive']]) {
        const path = join(to, `${i}${words.length}`);
        await said([...client, ...words, 'owned:/file', path]);
        const { uid, gid } = statSync(path);
        assert.deepEqual([uid, gid], [0, 0], [...client, ...words].join(' '));
      }
    await said(ours.docker('rm', 'owned'));
  });

  it('has volumes, and takes only those that nobody needs', async () => {
    await same(['volume', 'create', 'data']);
    await same(run('-v', 'data:/data', 'lab', 'sh', '-c', 'echo kept > /data/file'));
    assert.equal((await same(run('-v', 'data:/data', 'lab', 'cat', '/data/file'))).stdout, 'kept\n');
    await same(['volume', 'ls', '-q']);
    await same(['volume', 'rm', 'data']);
    await same(['volume', 'rm', 'data']);
  });

  it('shows every field that Docker shows, also those of which nobody has said anything', async () => {
    const shown = async (server: Server, ...words: string[]): Promise<Shown> => {
      await said(server.docker('create', '--name', 'shown', ...none, ...words, 'lab', 'true'));
      const [container] = JSON.parse(await said(server.docker('inspect', 'shown'))) as [Shown];
      await said(server.docker('rm', 'shown'));
      return container;
    };
    for (const words of [[], ['--privileged'], ['-v', '/x:/y', '--cap-add', 'SYS_TIME', '-m', '64m']]) {
      const [mine, other] = [await shown(ours, ...words), await shown(theirs, ...words)];
      for (const part of ['HostConfig', 'Config', 'State', 'NetworkSettings'] as const)
        assert.deepEqual(
          Object.keys(other[part]).filter((key) => !(key in mine[part])),
          [],
          part,
        );
      for (const key of ['Binds', 'CapAdd', 'Links', 'ReadonlyPaths', 'Memory'])
        assert.deepEqual(mine.HostConfig[key], other.HostConfig[key], key);
    }
    await same(['create', '--name', 'asked', ...none, 'lab', 'true'], { same: (text) => text.replace(/DIGEST/, 'ID') });
    await same(['inspect', '-f', '{{.HostConfig.Binds}} {{json .Config.Entrypoint}} {{.HostConfig.CapAdd}}', 'asked']);
    await same(['rm', 'asked']);
  });

  it('shows them also of one that was described in two words, in lists, and of its image', async () => {
    const ask = (server: Server, path: string, ...more: string[]): Promise<string> =>
      said(['curl', '-sS', '--unix-socket', server.host.replace('unix://', ''), ...more, `http://docker${path}`]);
    const described = ['-H', 'Content-Type: application/json', '-d', '{"Image":"lab","Cmd":["true"]}'];
    for (const server of [ours, theirs]) await ask(server, '/containers/create?name=bare', ...described);
    const filters = encodeURIComponent('{"name":["bare"]}');
    for (const path of ['/containers/bare/json', `/containers/json?all=1&filters=${filters}`, '/images/lab/json'])
      assert.deepEqual(lacking(JSON.parse(await ask(ours, path)), JSON.parse(await ask(theirs, path))), [], path);
    for (const server of [ours, theirs]) await said(server.docker('rm', 'bare'));
  });

  it('refuses filters of ps that nothing can fit', async () => {
    for (const filter of ['status=bogus', 'exited=x', 'health=bogus', 'publish=x', 'expose=x'])
      assert.notEqual((await command(theirs.docker('ps', '--filter', filter))).code, 0, filter);
    await same(['ps', '--filter', 'status=bogus']);
    await same(['ps', '--filter', 'health=bogus'], { same: (text) => text.replace(/^CONTAINER.*\n/, '') });
    for (const filter of ['exited=x', 'publish=x', 'expose=x', 'expose=9-1'])
      assert.match((await command(ours.docker('ps', '--filter', filter))).stderr, /nvalid filter/, filter);
  });

  it('lists them with our own command, which loads nothing of Node’s for connections that last', async () => {
    const tell = join(freshFolder('tell'), 'tell.cjs');
    writeFileSync(tell, "process.on('exit', () => require('fs').writeSync(2, process.moduleLoadList.join('\\n')))");
    const own = ['env', `NODE_OPTIONS=--require=${tell}`, process.execPath, join(projectHome(), 'dist/drydock.cjs')];
    const { stdout, stderr } = await command([...own, '-H', ours.host, 'ps']);
    assert.match(stdout, /^CONTAINER ID +IMAGE/);
    const loaded = stderr.split('\n');
    assert(loaded.includes('NativeModule fs'), stderr);
    const costly = ['http', 'net', 'tty', 'stream'].filter((name) => loaded.includes(`NativeModule ${name}`));
    assert.deepEqual(costly, []);
  });
});
