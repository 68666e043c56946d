/** Builds through an engine: what is in the image, what is done again, and what is left when somebody stops in the middle. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildEvent, BuildRequest } from '../../../src/builder/builder.ts';
import { buildImage } from '../../../src/engine/build.ts';
import type { Engine } from '../../../src/engine/index.ts';
import type { RunConfig } from '../../../src/images/config.ts';
import { readImage } from '../../../src/images/find.ts';
import { hostPlatform } from '../../../src/images/platform.ts';
import type { Digest } from '../../../src/content/digest.ts';
import type { WrittenEntry } from '../../../src/layers/index.ts';
import { decompressed, readTar, writeTar } from '../../../src/layers/index.ts';
import type { DrydockError } from '../../../src/errors.ts';
import { closed, freshPlaces, opened, ran, sh } from './support.ts';

type Files = Readonly<Record<string, string | { link: string } | { same: string }>>;

function archive(files: Files, seconds: number): AsyncIterable<Uint8Array> {
  const facts = { uid: 5, gid: 6, mtime: { seconds, nanoseconds: 0 } };
  return writeTar(
    Object.entries(files).map(([name, content]): WrittenEntry => {
      const path = Buffer.from(name);
      if (typeof content !== 'string')
        return 'same' in content
          ? { ...facts, type: 'link', path, mode: 0o640, size: 0, target: Buffer.from(content.same) }
          : { ...facts, type: 'symlink', path, mode: 0o777, size: 0, target: Buffer.from(content.link) };
      const data = Buffer.from(content);
      return { ...facts, type: 'file', path, mode: 0o640, size: data.length, data };
    }),
  );
}

describe('build, through the engine', function () {
  this.timeout(120_000);
  let engine: Engine;
  before(async () => {
    engine = await opened(freshPlaces());
  });
  after(() => closed(engine));

  interface Told {
    id: Digest;
    events: BuildEvent[];
    /** Of instructions that were not done again. */
    cached: string[];
    output: string;
  }

  async function built(files: Files, more: Partial<BuildRequest> & { touched?: number } = {}): Promise<Told> {
    const events: BuildEvent[] = [];
    const { touched = 1000, ...wanted } = more;
    const id = await buildImage(
      engine,
      { context: archive(files, touched), signal: new AbortController().signal, ...wanted },
      {
        ...{ host: { NetworkMode: 'none' }, registry: {}, onProgress: () => undefined },
        tell: (event) => void events.push(event),
      },
    );
    const cached = events.flatMap((event) => (event.kind === 'cached' ? [event.step.text.split(' ', 1)[0]!] : []));
    const output = events.flatMap((event) => (event.kind === 'output' ? [event.bytes.toString()] : [])).join('');
    return { id, events, cached, output };
  }

  const saidBy = async (image: string, script: string): Promise<string> =>
    (await ran(engine, { ...sh(script), Image: image })).out;

  /** Nothing that a build needed while it went on is there any more. */
  async function assertNothingIsLeft(): Promise<void> {
    for (const folder of ['containers', 'builder/builds']) {
      const path = join(engine.root, folder);
      const names = existsSync(path) ? readdirSync(path) : [];
      assert.deepEqual(
        names.filter((name) => !engine.containers.get(name)),
        [],
        folder,
      );
    }
    const loose = (await engine.store.snapshots.walk()).filter(
      ({ name, kind }) => kind !== 'committed' && !engine.containers.get(name),
    );
    assert.deepEqual(loose, []);
  }

  const simple = 'FROM lab\nRUN echo made > /made\nCOPY a /data/\nENV A=b\nCMD ["cat", "/made"]\n';

  it('runs, copies and sets, and the image has all of it', async () => {
    const { id } = await built({ Dockerfile: simple, a: 'content' }, { tags: ['docker.io/library/simple:latest'] });
    assert.equal(
      await saidBy('simple', 'cat /made /data/a; stat -c %a-%u-%g-%Y /data/a; echo $A'),
      'made\ncontent640-0-0-1000\nb\n',
    );
    const { config } = await readImage(engine.store, id);
    assert.deepEqual(config.config?.Cmd, ['cat', '/made']);
    assert.deepEqual(
      config.history?.slice(-4).map((line) => Boolean(line.empty_layer)),
      [false, false, true, true],
    );
    await assertNothingIsLeft();
  });

  it('does nothing again while nothing has changed; a new time is no change, a new byte is', async () => {
    const first = await built({ Dockerfile: simple, a: 'cache' });
    const again = await built({ Dockerfile: simple, a: 'cache' }, { touched: 2000 });
    assert.deepEqual([again.id, again.cached], [first.id, ['RUN', 'COPY', 'ENV', 'CMD']]);
    const changed = await built({ Dockerfile: simple, a: 'cachE' });
    assert.deepEqual(changed.cached, ['RUN']);
    assert.notEqual(changed.id, first.id);
    assert.deepEqual((await built({ Dockerfile: simple, a: 'cache' }, { noCache: true })).cached, []);
  });

  it('takes a link that leads elsewhere for another file, though what it leads to is the same', async () => {
    const Dockerfile = 'FROM lab\nCOPY d /d\n';
    const files = { Dockerfile, 'd/a': 'same', 'd/b': 'same' };
    await built({ ...files, 'd/link': { link: 'a' } });
    const other = await built({ ...files, 'd/link': { link: './a' } });
    assert.deepEqual(other.cached, []);
  });

  /** What the second of two Dockerfiles comes to, whose last lines the history tells in the same words. */
  async function secondOf(one: string, other: string, files: Files = {}): Promise<Told & { run: RunConfig }> {
    await built({ ...files, Dockerfile: `FROM lab\n${one}\n` });
    const second = await built(
      { ...files, Dockerfile: `FROM lab\n${other}\n` },
      { tags: ['docker.io/library/second:latest'] },
    );
    return { ...second, run: (await readImage(engine.store, second.id)).config.config! };
  }

  it('tells configs apart whose lines have blanks at the same places', async () => {
    const env = await secondOf('ENV a="b c=d"', 'ENV a=b c=d');
    assert.deepEqual(env.run.Env?.slice(-2), ['a=b', 'c=d']);
    assert.deepEqual((await secondOf('LABEL a="b c=d"', 'LABEL a=b c=d')).run.Labels, { a: 'b', c: 'd' });
    assert.deepEqual((await secondOf('VOLUME ["/a /b"]', 'VOLUME /a /b')).run.Volumes, { '/a': {}, '/b': {} });
    assert.deepEqual((await secondOf('SHELL ["sh -c"]', 'SHELL ["sh", "-c"]')).run.Shell, ['sh', '-c']);
    const check = (seconds: number): string => `HEALTHCHECK --start-interval=${seconds}s CMD true`;
    const { Healthcheck } = (await secondOf(check(1), check(2))).run;
    assert.equal((Healthcheck as { StartInterval: number }).StartInterval, 2e9);
  });

  it('tells programs apart whose words have blanks at the same places', async () => {
    await secondOf('RUN ["touch", "/a b"]', 'RUN ["touch", "/a", "b"]');
    assert.equal(await saidBy('second', 'ls -d /a b "/a b" 2>&1 | grep -v No'), '/a\nb\n');
    const args = (one: string, other: string): string => `ARG a=${one}\nARG b=${other}\nRUN echo $b > /b`;
    await secondOf(args('"1 b=2"', '3'), args('1', '"2 b=3"'));
    assert.equal(await saidBy('second', 'cat /b'), '2 b=3\n');
  });

  it('tells copies apart that have the same bytes and other names', async () => {
    const files = { 'd/e/f': 'same', one: { link: 'd/e/f' }, two: { link: 'd/e/f' } };
    await secondOf('COPY one /x/', 'COPY two /x/', files);
    assert.equal(await saidBy('second', 'ls /x'), 'two\n');
    await secondOf('COPY --parents d/e/f /x/', 'COPY --parents d/./e/f /x/', files);
    assert.equal(await saidBy('second', 'ls /x'), 'e\n');
  });

  it('takes nothing of --cache-from where the line does not say all', async () => {
    const along = async (one: Files, other: Files): Promise<string> => {
      const tag = 'docker.io/library/along:latest';
      await built(one, { tags: [tag] });
      await built(other, { cacheFrom: [tag], tags: [tag] });
      return saidBy('along', 'cat /made; stat -c %a /made');
    };
    const mounts = 'FROM lab\nRUN --mount=type=bind,target=/c cat /c/a > /made\n';
    assert.equal(await along({ Dockerfile: mounts, a: 'one\n' }, { Dockerfile: mounts, a: 'two\n' }), 'two\n644\n');
    const copies = (mode: string): Files => ({ Dockerfile: `FROM lab\nCOPY --chmod=${mode} a /made\n`, a: 'a\n' });
    assert.equal(await along(copies('600'), copies('604')), 'a\n604\n');
  });

  it('says of each name of a file whose it is and what may be done with it', async () => {
    const files = { 'd/a': 'a', 'd/b': { same: 'd/a' } };
    const { id } = await built({ ...files, Dockerfile: 'FROM lab\nCOPY --chown=1:2 --chmod=604 d /d\n' });
    const { layers } = await readImage(engine.store, id);
    const told: string[] = [];
    for await (const { path, type, mode, uid, gid } of readTar(
      decompressed(await engine.store.content.stream(layers.at(-1)!.blob.digest)),
    ))
      if (type !== 'directory') told.push(`${path.toString()} ${type} ${mode.toString(8)} ${uid}:${gid}`);
    assert.deepEqual(told, ['d/a file 604 1:2', 'd/b link 604 1:2']);
  });

  it('knows for which processor it builds', async () => {
    const Dockerfile = 'FROM scratch\nARG TARGETPLATFORM\nARG BUILDARCH\nENV at=$TARGETPLATFORM by=$BUILDARCH\n';
    const { id } = await built({ Dockerfile }, { platform: 'linux/arm/v7' });
    const { config } = await readImage(engine.store, id);
    const [at, by] = config.config!.Env!.slice(-2);
    assert.deepEqual([at, by], ['at=linux/arm/v7', `by=${hostPlatform().architecture}`]);
  });

  it('builds what the target needs, and skips what nobody does', async () => {
    const Dockerfile =
      'FROM lab AS one\nRUN echo 1 > /1\nFROM lab AS unused\nRUN false\nFROM scratch\nCOPY --from=one /1 /etc/hosts* /x/\n';
    const { id } = await built({ Dockerfile });
    assert.equal((await readImage(engine.store, id)).layers.length, 1);
    await assertNothingIsLeft();
  });

  it('sees in a program the arguments that an ARG names, and keeps them in its history and not in its environment', async () => {
    const Dockerfile = 'ARG BASE=lab\nFROM $BASE\nARG WHO=me\nRUN echo "[$WHO]"\n';
    const { id, output } = await built({ Dockerfile }, { args: { WHO: 'you', OTHER: 'x' } });
    assert.equal(output, '[you]\n');
    const { config } = await readImage(engine.store, id);
    assert.equal(config.history?.at(-1)?.created_by, '|1 WHO=you /bin/sh -c echo "[$WHO]"');
    assert.ok(!config.config?.Env?.some((entry) => entry.startsWith('WHO=')));
  });

  it('shows a secret to the program that asks for it, and to nobody else', async () => {
    const Dockerfile = 'FROM lab\nRUN --mount=type=secret,id=token cat /run/secrets/token | wc -c\n';
    const { id, output } = await built({ Dockerfile }, { secrets: { token: Buffer.from('hush-hush') } });
    assert.equal(output.trim(), '9');
    const { config, layers } = await readImage(engine.store, id);
    assert.ok(!JSON.stringify(config).includes('hush'));
    assert.equal(config.history?.at(-1)?.empty_layer, true);
    assert.equal(layers.length, 1);
  });

  it('ends with the code of a program that fails, and keeps what came before it', async () => {
    const Dockerfile = 'FROM lab\nRUN echo kept > /kept\nRUN exit 7\n';
    await assert.rejects(built({ Dockerfile }), (error: DrydockError & { exitCode?: number }) => {
      assert.equal(error.exitCode, 7);
      assert.equal(error.message, "The command '/bin/sh -c exit 7' returned a non-zero code: 7");
      return error.code === 'INSTRUCTION_FAILED' && error.at === 'line 3';
    });
    assert.deepEqual((await built({ Dockerfile: Dockerfile.replace('exit 7', 'true') })).cached, ['RUN']);
    await assertNothingIsLeft();
  });

  it('leaves nothing when whoever asked goes away while a program runs', async () => {
    const leaving = new AbortController();
    const events: BuildEvent[] = [];
    const going = buildImage(
      engine,
      { context: archive({ Dockerfile: 'FROM lab\nRUN echo up; sleep 600\n' }, 0), signal: leaving.signal },
      {
        ...{ host: { NetworkMode: 'none' }, registry: {}, onProgress: () => undefined },
        tell(event) {
          events.push(event);
          if (event.kind === 'output') leaving.abort(new Error('gone'));
        },
      },
    );
    await assert.rejects(going, /gone/);
    assert.ok(events.some(({ kind }) => kind === 'output'));
    await assertNothingIsLeft();
  });

  it('finds nothing outside of the context, whatever a link or a name says', async () => {
    const files = { Dockerfile: 'FROM lab\nCOPY out /x\n', out: { link: '/etc/passwd' } };
    await assert.rejects(built(files), /out: no such file or directory in the context/);
    await assert.rejects(built({ Dockerfile: 'FROM lab\nCOPY ../x /x\n' }), /forbidden path outside the build context/);
    await assert.rejects(built({ Dockerfile: 'FROM lab\n', '../../escaped': 'x' }), /leads out of the context/);
    assert.ok(!existsSync(join(engine.root, '..', 'escaped')));
  });

  it('makes the same bytes again from the same source and SOURCE_DATE_EPOCH', async () => {
    const files = { Dockerfile: 'FROM lab\nRUN echo x > /x\nCOPY a /a\nWORKDIR /w\n', a: 'a' };
    const options = { noCache: true, args: { SOURCE_DATE_EPOCH: '1700000000' } };
    const [one, two] = [await built(files, options), await built(files, { ...options, touched: 1_800_000_000 })];
    const layersOf = async (id: Digest): Promise<Digest[]> =>
      (await readImage(engine.store, id)).config.rootfs.diff_ids;
    assert.deepEqual((await layersOf(one.id)).slice(0, 2), (await layersOf(two.id)).slice(0, 2));
    assert.equal((await built(files, options)).id, one.id);
  });

  it('makes one layer of all that it has added with squash', async () => {
    const Dockerfile = 'FROM lab\nRUN echo big > /gone; echo small > /stays\nRUN rm /gone\n';
    const { id } = await built({ Dockerfile }, { squash: true, tags: ['docker.io/library/squashed:latest'] });
    assert.equal((await readImage(engine.store, id)).layers.length, 2);
    assert.equal(await saidBy('squashed', 'cat /stays; ls /gone 2>&1 | wc -l'), 'small\n1\n');
  });
});
