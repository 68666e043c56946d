/**
 * How a build is asked for: where the context and its Dockerfile come from, what is written where, and what is taken from
 * elsewhere. By our own client and by the real one.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { contextOf } from '../../src/cli/docker/build-context.ts';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine, type Server } from './engine-support.ts';
import { command, freshFolder, isInstalled, labArchive, said, skipAll, type Answer } from './support.ts';

const CONTENT = 'from an address\n';
/** A repository with a folder, and a link to one that is outside. */
const GIT = `
  git init -q "$1" && cd "$1" && mkdir sub && printf 'FROM base\nLABEL from=git\n' > sub/Dockerfile && ln -s "$2" out
  git add . && git -c user.name=a -c user.email=a@localhost commit -qm first
  git branch older && printf 'LABEL later=yes\n' >> sub/Dockerfile
  git -c user.name=a -c user.email=a@localhost commit -qam second`;

/** A Dockerfile that never ends. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const more = (): void => void response.write(Buffer.alloc(64 * 1024, '#'), (error) => !error && setImmediate(more));
  more();
}

const DIGEST = `sha256:${createHash('sha256').update(CONTENT).digest('hex')}`;

describe('the options of a build', function () {
  this.timeout(300_000);
  let ours: Server;
  let web: HttpServer;
  let context = '';
  let count = 0;

  before('an engine, a web server, and a context', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
    await said(ours.docker('import', await labArchive(), 'base'));
    context = folderWith('FROM base\nCOPY a.txt /a\n');
    web = createServer(({ url }, response) => void (url === '/endless' ? endless(response) : response.end(CONTENT)));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
  });
  after(async () => {
    web?.close();
    await ours?.end();
  });

  function folderWith(dockerfile: string): string {
    const folder = freshFolder(`options-${++count}`);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    writeFileSync(join(folder, 'a.txt'), 'A\n');
    return folder;
  }

  const drydock = (...words: string[]): string[] => [
    process.execPath,
    join(projectHome(), 'dist/drydock.cjs'),
    '-H',
    ours.host,
    ...words,
  ];
  const clients = { 'the real client': (...words: string[]) => ours.docker(...words), 'our client': drydock };
  const shell = (words: readonly string[], input: string): Promise<Answer> =>
    command(['sh', '-c', `exec "$@" ${input}`, 'sh', ...words], { seconds: 120 });

  async function built(answer: Promise<Answer>): Promise<string> {
    const { code, stdout, stderr } = await answer;
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  }

  /** Lines of history, the newest first. */
  const historyOf = async (image: string): Promise<string[]> =>
    (await said(ours.docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', image))).split('\n');

  for (const [who, words] of Object.entries(clients)) {
    it(`takes a folder, and writes the id of the image where it is asked to, by ${who}`, async () => {
      const file = join(freshFolder('ids'), 'id');
      const id = await built(command(words('build', '-q', '--iidfile', file, context)));
      assert.equal(readFileSync(file, 'utf8').trim(), id.trim());
    });

    it(`takes a Dockerfile without a context from its standard input, by ${who}`, async () => {
      const dockerfile = join(folderWith('FROM base\nLABEL from=stdin\n'), 'Dockerfile');
      await built(shell(words('build', '-q', '-t', 'piped', '-'), `< ${dockerfile}`));
      assert.match((await historyOf('piped'))[0]!, /LABEL from=stdin/);
    });

    it(`takes an archive from its standard input, by ${who}`, async () => {
      const archive = join(freshFolder('archives'), `context-${++count}.tar.gz`);
      await said(['tar', '-C', context, '-czf', archive, '.']);
      await built(shell(words('build', '-q', '-t', 'archived', '-'), `< ${archive}`));
      assert.match((await historyOf('archived'))[0]!, /COPY file:[0-9a-f]{64} in \/a/);
    });

    it(`takes a folder with a Dockerfile from its standard input, by ${who}`, async () => {
      const dockerfile = join(folderWith('FROM base\nCOPY a.txt /b\n'), 'Dockerfile');
      await built(shell(words('build', '-q', '-t', 'other', '-f', '-', context), `< ${dockerfile}`));
      assert.match((await historyOf('other'))[0]!, /in \/b/);
      const { stderr } = await shell(words('build', '-q', '-f', '-', context), '< /dev/null');
      assert.match(stderr, /daemon: .*Dockerfile/);
      assert.doesNotMatch(stderr, /\.dockerfile\./);
    });
  }

  for (const rules of [undefined, 'left', '*\n!a.txt\n!.dockerfile*\n'])
    it(`copies no Dockerfile from elsewhere into the image, and finds the copy again, with ${JSON.stringify(rules)}`, async () => {
      const folder = folderWith('FROM nobody\n');
      if (rules !== undefined) writeFileSync(join(folder, '.dockerignore'), rules);
      const foreign = join(
        folderWith('FROM base\nCOPY . /all/\nRUN ls -A /all && ! ls -A /all | grep dockerfile\n'),
        'Dockerfile',
      );
      const build = (file: string, input = ''): Promise<string> =>
        built(shell(drydock('build', '--network', 'none', '-f', file, folder), input));
      assert.match(await build(foreign), /^a\.txt$/m);
      assert.match(await build(foreign), /Using cache[^]*Using cache/);
      assert.match(await build('-', `< ${foreign}`), /Using cache[^]*Using cache/);
    });

  for (const [who, client] of Object.entries(clients))
    it(`says nothing but the id with -q, and everything when it has failed, by ${who}`, async () => {
      const well = await built(command(client('build', '-q', folderWith('FROM base\nRUN echo said\n'))));
      assert.match(well, /^sha256:[0-9a-f]{64}\n$/);
      const { code, stdout, stderr } = await command(
        client('build', '-q', folderWith('FROM base\nRUN echo said; exit 5\n')),
      );
      assert.equal(code, 5, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^said\n[^]*returned a non-zero code: 5/m);
    });

  it('sends files of any name, and says it when it cannot read one', async () => {
    const folder = folderWith('FROM base\nCOPY . /x/\nRUN cd /x && cat one* && ls -l two* && ! ls left*\n');
    const at = (name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
    writeFileSync(at('one\xff'), '');
    linkSync(at('one\xff'), at('two\xfe'));
    writeFileSync(at('left\xff'), '');
    writeFileSync(at('.dockerignore'), 'left*\n');
    await built(command(drydock('build', '-q', folder)));
    // One that goes away while it is sent.
    writeFileSync(at('large'), Buffer.alloc(8 << 20));
    const { body } = await contextOf(folder, '');
    const pieces = body![Symbol.asyncIterator]();
    await pieces.next();
    unlinkSync(at('two\xfe'));
    await assert.rejects(async () => {
      while (!(await pieces.next()).done);
    }, /^DrydockError: unable to prepare context: ENOENT/);
  });

  it('takes what images have that were built elsewhere', async () => {
    const other = await startEngine(...['--bridge', `de${process.pid}`, '--bip', '10.213.0.1/24']);
    try {
      const folder = folderWith('FROM base\nCOPY a.txt /a\nRUN cat /proc/sys/kernel/random/uuid > /chance\n');
      const saved = join(freshFolder('archives'), 'elsewhere.tar');
      await built(command(ours.docker('build', '-q', '--network', 'none', '-t', 'elsewhere', folder)));
      await said(ours.docker('save', '-o', saved, 'elsewhere', 'base'));
      await said(other.docker('load', '-i', saved));
      const build = (...words: string[]): Promise<string> =>
        built(command(other.docker('build', '--network', 'none', '-t', 'here', ...words, folder)));
      const layersOf = (server: Server, image: string): Promise<string> =>
        said(server.docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image));
      assert.match(await build('--cache-from', 'elsewhere'), /Using cache[\s\S]*Using cache/);
      assert.equal(await layersOf(other, 'here'), await layersOf(ours, 'elsewhere'));
    } finally {
      await other.end();
    }
  });

  it('adds what an address answers, and refuses what has another digest than promised', async () => {
    const address = `http://127.0.0.1:${(web.address() as AddressInfo).port}/some/file`;
    const build = (digest: string): Promise<Answer> =>
      command(
        ours.docker('build', '-q', '-t', 'added', folderWith(`FROM base\nADD --checksum=${digest} ${address} /x/\n`)),
      );
    await built(build(DIGEST));
    await said(ours.docker('create', '--name', 'added', 'added', 'true'));
    assert.equal(
      await said(['sh', '-c', `${ours.docker('cp', 'added:/x/file', '-').join(' ')} | tar -xO`]),
      CONTENT.trim(),
    );
    const { code, stderr } = await build(`sha256:${'0'.repeat(64)}`);
    assert.equal(code, 1);
    assert.match(stderr, /its digest is sha256:[0-9a-f]{64}, and --checksum says sha256:0000/);
  });

  it('tells why it cannot add what an address answers, and gives no name to a file that has none', async () => {
    const here = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    for (const [address, why] of [
      ['http://127.0.0.1:2/file', /ECONNREFUSED/],
      [`${here}/%zz`, /it is no address/],
      [`${here}/a/..%2f`, /it has no name/],
      [`${here}/a%00b`, /it has no name/],
    ] as const) {
      const { code, stderr } = await command(ours.docker('build', '-q', folderWith(`FROM base\nADD ${address} /x/\n`)));
      assert.equal(code, 1, address);
      assert.match(stderr, why, address);
    }
  });

  it('reads no Dockerfile without an end from an address, and says why where nobody answers', async () => {
    const remote = (address: string): Promise<Answer> => command(drydock('build', '-q', address), { seconds: 30 });
    const { code, stderr } = await remote(`http://127.0.0.1:${(web.address() as AddressInfo).port}/endless`);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /has more than 1048576 bytes/);
    assert.match(
      (await remote('http://127.0.0.1:2/x')).stderr,
      /remote context http:\/\/127.0.0.1:2\/x: .*ECONNREFUSED/,
    );
  });

  it('takes a folder of a git repository with its Dockerfile, and nothing to which a link in it leads', async function () {
    if (!isInstalled('git')) this.skip();
    const [repository, secret] = [join(freshFolder('repositories'), 'app.git'), freshFolder('secret')];
    writeFileSync(join(secret, 'Dockerfile'), 'FROM base\nCOPY secret /\n');
    writeFileSync(join(secret, 'secret'), 'not for you\n');
    await said(['sh', '-ec', GIT, 'sh', repository, secret]);
    const build = (folder: string, ...words: string[]): Promise<Answer> =>
      command(drydock('build', '-q', ...words, `file://${repository}#:${folder}`), { cwd: secret });
    await built(build('sub', '-t', 'of-git', '-f', 'Dockerfile'));
    assert.match((await historyOf('of-git'))[0]!, /LABEL later=yes/);
    const at = (reference: string): Promise<Answer> =>
      command(drydock('build', '-q', '-t', 'of-branch', `file://${repository}#${reference}:sub`));
    await built(at('older'));
    assert.match((await historyOf('of-branch'))[0]!, /LABEL from=git/);
    for (const none of ['no-branch', '--detach'])
      assert.match((await at(none)).stderr, /prepare context: .*(no-branch|--detach)/);
    for (const folder of ['out', '../secret', 'sub/../../secret', 'missing']) {
      const { code, stderr } = await build(folder);
      assert.equal(code, 1, folder);
      const wanted = `unable to prepare context: ${folder} is not a folder of the repository file://${repository}`;
      assert(stderr.includes(wanted), stderr);
    }
    const { stderr } = await build('sub', '-f', 'missing');
    assert(stderr.includes(`file://${repository}/sub/missing: no such file`), stderr);
    // What git finds at that address is here; only its name is told, and no password.
    const environment = Object.entries({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
      GIT_CONFIG_VALUE_0: 'https://me:p@ss@example.com/x.git',
    }).map(([name, value]) => `${name}=${value}`);
    const secretly = drydock('build', '-q', 'https://me:p@ss@example.com/x.git#:missing');
    const told = await command(['env', ...environment, ...secretly], { cwd: secret });
    assert.match(told.stderr, /: missing is not a folder of the repository https:\/\/example\.com\/x\.git$/m);
  });

  it('unpacks what xz and bzip2 have packed, as an archive to add and as the context', async function () {
    for (const [program, suffix] of [
      ['xz', 'xz'],
      ['bzip2', 'bz2'],
    ] as const) {
      if (!isInstalled(program)) this.skip();
      const folder = folderWith(`FROM base\nADD inner.tar.${suffix} /unpacked/\nADD not.${suffix} /kept/\n`);
      await said([
        'sh',
        '-ec',
        'cd "$1"; tar -c a.txt | $2 > inner.tar.$3; echo text | $2 > not.$3',
        'sh',
        folder,
        program,
        suffix,
      ]);
      const archive = join(folder, '..', `context.tar.${suffix}`);
      await said(['sh', '-ec', 'tar -C "$1" -c . | $2 > "$3"', 'sh', folder, program, archive]);
      await built(shell(ours.docker('build', '-q', '-t', program, '-'), `< ${archive}`));
      await said(ours.docker('create', '--name', program, program, 'true'));
      const files = await said(['sh', '-c', `${ours.docker('export', program).join(' ')} | tar -t`]);
      assert.match(files, /^unpacked\/a\.txt$/m);
      assert.match(files, new RegExp(`^kept/not\\.${suffix}$`, 'm'));
      const cut = folderWith(`FROM base\nADD inner.tar.${suffix} /unpacked/\n`);
      await said([
        'sh',
        '-ec',
        'cd "$1"; head -c 200000 /dev/urandom > r; tar -c r | $2 | head -c 100000 > inner.tar.$3',
        'sh',
        cut,
        program,
        suffix,
      ]);
      const { code, stderr } = await command(ours.docker('build', '-q', cut));
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`compression is broken: .*${program}`));
    }
  });

  it('lists what builds keep, and prunes it', async () => {
    const folder = folderWith('FROM base\nLABEL never=named\nCOPY a.txt /kept\n');
    await built(command(ours.docker('build', '-q', folder)));
    const cache = async (): Promise<string> =>
      (await said(ours.docker('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Size}}')))
        .split('\n')
        .find((line) => line.startsWith('Build Cache'))!;
    assert.match(await cache(), /^Build Cache [1-9]\d* [1-9]/);
    const refused = await command(drydock('builder', 'prune', '-f', '--filter', 'colour=red'));
    assert.match(refused.stderr, /colour/);
    assert.match((await command(drydock('builder', 'prune', '-f', '--keep-storage', '1m'))).stderr, /keep-storage/);
    assert.match(await said(drydock('builder', 'prune', '-f')), /Deleted build cache objects:[\s\S]*sha256:/);
    assert.match(await cache(), /^Build Cache \d+ 0B/);
  });

  it('prunes only what the filters fit of what builds keep, also in a prune of everything', async () => {
    const clientsOf = Object.values(clients);
    for (const client of clientsOf) {
      const folder = folderWith('FROM base\nLABEL stays=no\nRUN --mount=type=cache,target=/c echo > /c/kept\n');
      const kept = (await built(command(ours.docker('build', '-q', '--no-cache', folder)))).trim();
      const usage = async (): Promise<string> => said(ours.docker('system', 'df', '-v', '--format', 'json'));
      const spared = ['label=stays=yes', 'until=1h', 'unused-for=1h', 'id=nobody', 'type=source.local'];
      for (const filter of [...spared, 'inuse=true', 'description=nothing', 'parent=nobody'])
        await said(client('builder', 'prune', '-af', '--filter', filter));
      await said(client('builder', 'prune', '-f', '--filter', 'label!=stays'));
      await said(client('system', 'prune', '-f', '--filter', 'label=stays=yes'));
      await said(client('system', 'prune', '-f', '--volumes', '--filter', 'label=stays=yes'));
      for (const text of [kept.slice(7, 19), 'exec.cachemount']) assert.ok((await usage()).includes(text), text);
      const gone = await said(client('system', 'prune', '-f', '--filter', 'label=stays=no'));
      assert.ok(gone.includes(kept), gone);
      assert.ok((await usage()).includes('exec.cachemount'), 'a folder has no labels');
      await said(client('builder', 'prune', '-f', '--filter', 'type=exec.cachemount'));
      assert.ok(!(await usage()).includes('exec.cachemount'));
      for (const two of [
        ['until=1h', 'until=2h'],
        ['until=1h', 'unused-for=1h'],
      ]) {
        const { code } = await command(client('builder', 'prune', '-f', ...two.flatMap((one) => ['--filter', one])));
        assert.equal(code, 1);
      }
    }
  });
});
