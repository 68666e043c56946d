/**
 * Builds by the real `docker`, given to our engine and to a dockerd from the same context: the image must be the same, in its
 * config, its history, and every entry of every layer.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTar } from '../../src/layers/index.ts';
import { lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { command, freshFolder, labArchive, said, skipAll, type Answer } from './support.ts';

const DOCKERFILE = `ARG BASE=base
FROM \${BASE} AS first
MAINTAINER somebody <a@b>
ARG WHO=world
ENV GREETING="hello \${WHO}" A=b
LABEL a=b "c d"="e f"
RUN echo $GREETING > /made
RUN true
RUN ["sh", "-c", "echo x > /exec"]
COPY a.txt sub /data/
COPY sub /data2
COPY --chown=1:2 a.txt /owned/c.txt
ADD t.tar /unpacked
WORKDIR /some/where
WORKDIR below
EXPOSE 80 443/udp 8000-8001
VOLUME ["/v1", "/v2"]
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=1m30s --retries=3 CMD echo ok
SHELL ["/bin/sh", "-x", "-c"]
RUN echo > /shelled
ONBUILD RUN echo triggered > /trig
ENTRYPOINT ["echo"]
CMD shell form "quoted"
FROM first
USER 1
COPY --from=first /made /copied/
HEALTHCHECK NONE
`;

interface Config {
  author?: string;
  config: Record<string, unknown>;
  history: { created_by?: string; empty_layer?: boolean; author?: string }[];
}

describe('builds, by the real docker', function () {
  this.timeout(600_000);
  let ours: Server;
  let theirs: Server;
  let context = '';

  before('an engine, a dockerd, and a context', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [ours, theirs] = await Promise.all([startEngine(), startDockerd()]);
    const base = await labArchive();
    for (const { docker } of [ours, theirs]) await said([...docker('import', base, 'base')]);
    context = freshFolder('context');
    mkdirSync(join(context, 'sub/x'), { recursive: true });
    mkdirSync(join(context, 'packed/d'), { recursive: true });
    for (const [name, text] of Object.entries({
      'a.txt': 'A\n',
      'sub/x/b': 'B\n',
      'packed/d/f': 'f\n',
      Dockerfile: DOCKERFILE,
    }))
      writeFileSync(join(context, name), text);
    symlinkSync('../a.txt', join(context, 'sub/link'));
    await said(['tar', '-C', join(context, 'packed'), '-cf', join(context, 't.tar'), '.']);
  });
  after(async () => {
    await ours?.end();
    await theirs?.end();
  });

  const build = (server: Server, ...words: string[]): Promise<Answer> =>
    command(['env', 'DOCKER_BUILDKIT=0', ...server.docker('build', '--network', 'none', ...words)], { seconds: 250 });

  async function succeeds(server: Server, ...words: string[]): Promise<void> {
    const { code, stdout, stderr } = await build(server, ...words);
    assert.equal(code, 0, `${stdout}${stderr}`);
  }

  /** The config, and each entry of each layer, with what does not differ by nature. */
  async function whatIsIn(server: Server, name: string): Promise<{ config: Config; layers: string[][] }> {
    const folder = freshFolder(`saved-${server === ours ? 'ours' : 'theirs'}`);
    await said([...server.docker('save', '-o', join(folder, 'image.tar'), name)]);
    await said(['tar', '-C', folder, '-xf', join(folder, 'image.tar')]);
    const [manifest] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
      Config: string;
      Layers: string[];
    }[];
    const config = JSON.parse(readFileSync(join(folder, manifest!.Config), 'utf8')) as Config;
    const layers = await Promise.all(manifest!.Layers.map((layer) => entriesIn(join(folder, layer))));
    return { config, layers };
  }

  async function entriesIn(path: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const { path: name, type, mode, uid, gid, target, data } of readTar([readFileSync(path)] as never)) {
      const pieces: Buffer[] = [];
      for await (const piece of data()) pieces.push(piece);
      const text = Buffer.concat(pieces).toString('base64');
      lines.push([name.toString().replace(/\/$/, ''), type, mode.toString(8), uid, gid, target ?? '', text].join(' '));
    }
    return lines.filter((line) => !line.startsWith('. ') && !line.startsWith(' ')).sort();
  }

  /** Without what is of the hour and of the machine, and without what is empty, which may as well be absent. */
  const comparable = ({ author, config, history }: Config): unknown => ({
    author: author ?? '',
    config: Object.fromEntries(
      Object.entries(config)
        .filter(([name, value]) => !['Image', 'Hostname'].includes(name) && value && JSON.stringify(value) !== '{}')
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    history: history.map(({ created_by, empty_layer, author: of }) => [
      // Of what comes from a stage Docker digests other headers than we see.
      created_by?.replace(/(COPY (?:file|dir|multi):)[0-9a-f]{64}( in \/copied\/)/, '$1…$2'),
      Boolean(empty_layer),
      of ?? '',
    ]),
  });

  it('makes the same image as dockerd of every instruction that has no file, and of those that have', async () => {
    for (const server of [ours, theirs]) await succeeds(server, '--build-arg', 'WHO=you', '-t', 'all', context);
    const [mine, reference] = [await whatIsIn(ours, 'all'), await whatIsIn(theirs, 'all')];
    assert.deepEqual(comparable(mine.config), comparable(reference.config));
    assert.deepEqual(mine.layers, reference.layers);
  });

  it('says of each step the size that dockerd says: that of its files', async () => {
    const sizes = async (server: Server): Promise<string[]> =>
      (await said([...server.docker('history', '--human=false', '--format', '{{.Size}}', 'all')])).split('\n');
    const mine = await sizes(ours);
    assert.deepEqual(mine, await sizes(theirs));
    assert(mine.includes('2'), 'a file of 2 bytes');
  });

  it('says that it used its cache, and comes to the same image', async () => {
    const { stdout } = await build(ours, '--build-arg', 'WHO=you', '-t', 'all', context);
    assert.doesNotMatch(stdout, /Running in/);
    assert.match(stdout, /Using cache[\s\S]*Successfully built [0-9a-f]{12}\nSuccessfully tagged all:latest\n$/);
    assert.match((await build(ours, '-q', '--build-arg', 'WHO=you', context)).stdout, /^sha256:[0-9a-f]{64}\n$/);
  });

  it('fails in the same words and with the same code', async () => {
    const failing = freshFolder('failing');
    writeFileSync(join(failing, 'Dockerfile'), 'FROM base\nRUN echo lost; exit 7\n');
    const [mine, reference] = [await build(ours, failing), await build(theirs, failing)];
    assert.deepEqual([mine.code, mine.stderr], [reference.code, reference.stderr]);
    assert.equal(mine.code, 7);
    assert.match(mine.stdout, /^lost$/m);
  });

  it('warns of arguments that nothing asks for, in the same words', async () => {
    const folder = freshFolder('arguments');
    writeFileSync(join(folder, 'Dockerfile'), 'ARG TAG=latest\nFROM base:$TAG AS a\nARG KNOWN\nFROM a\nARG LATER\n');
    const names = ['LATER', 'WRONG', 'KNOWN', 'http_proxy', 'ALSO', 'TAG'];
    const given = names.flatMap((name) => ['--build-arg', `${name}=latest`]);
    // dockerd takes them from a map of Go's, which has none.
    const inOrder = (line: string): string =>
      line.replace(/\[([^\]]* [^\]]*)\]/, (_, names: string) => `[${names.split(' ').sort().join(' ')}]`);
    const warnings = async (server: Server, ...words: string[]): Promise<string[]> =>
      (await build(server, ...given, ...words, folder)).stdout.match(/^\[Warning\].*$/gm)?.map(inOrder) ?? [];
    for (const words of [[], ['--target', 'a']])
      assert.deepEqual(await warnings(ours, ...words), await warnings(theirs, ...words));
    assert.deepEqual(await warnings(ours), ['[Warning] One or more build-args [ALSO WRONG] were not consumed']);
  });

  it('warns of an ARG before FROM that an instruction of a stage does not see, below its step', async () => {
    const folder = freshFolder('unseen');
    const dockerfile =
      'ARG V=1\nFROM base AS a\nRUN echo "[$V]"\nENV V=2\nRUN echo "[$V]"\nFROM a\nARG W=$V\nRUN echo $W\n';
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    for (const words of [['--no-cache'], ['--no-cache', '--build-arg', 'V=3']]) {
      const { code, stdout, stderr } = await build(ours, ...words, folder);
      assert.equal(code, 0, stderr);
      assert.deepEqual(stdout.match(/^(Step 3|\[).*$/gm), [
        'Step 3/8 : RUN echo "[$V]"',
        '[Warning] line 3: V has no value here: ARG V before FROM is not visible in the stage; repeat ARG V there',
        '[]',
        '[2]',
      ]);
    }
  });

  it('prunes what no image with a name was made of', async () => {
    const loose = freshFolder('loose');
    writeFileSync(join(loose, 'Dockerfile'), 'FROM base\nRUN echo loose > /loose\n');
    const { stdout } = await build(ours, '-q', loose);
    const pruned = await said([...ours.docker('system', 'prune', '-f')]);
    assert.ok(pruned.includes(stdout.trim()), pruned);
    assert.equal((await command(ours.docker('image', 'inspect', 'all'))).code, 0);
  });
});
