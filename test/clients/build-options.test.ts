/**
 * How a build is asked for: where the context and its Dockerfile come from, what is written where, and what is taken from
 * elsewhere. By our own client and by the real one.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine, type Server } from './engine-support.ts';
import { command, freshFolder, labArchive, said, skipAll, type Answer } from './support.ts';

const CONTENT = 'from an address\n';
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
    web = createServer((_request, response) => void response.end(CONTENT)).listen(0, '127.0.0.1');
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
    });
  }

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

  it('lists what builds keep, and prunes it', async () => {
    const folder = folderWith('FROM base\nLABEL never=named\nCOPY a.txt /kept\n');
    await built(command(ours.docker('build', '-q', folder)));
    const cache = async (): Promise<string> =>
      (await said(ours.docker('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Size}}')))
        .split('\n')
        .find((line) => line.startsWith('Build Cache'))!;
    assert.match(await cache(), /^Build Cache [1-9]\d* [1-9]/);
    const refused = await command(drydock('builder', 'prune', '-f', '--filter', 'unused-for=1h'));
    assert.match(refused.stderr, /unused-for/);
    assert.match((await command(drydock('builder', 'prune', '-f', '--keep-storage', '1m'))).stderr, /keep-storage/);
    assert.match(await said(drydock('builder', 'prune', '-f')), /Deleted build cache objects:[\s\S]*sha256:/);
    assert.match(await cache(), /^Build Cache \d+ 0B/);
  });
});
