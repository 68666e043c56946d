/**
 * Contexts and Dockerfiles of somebody who wants more than an image: each is refused with a sentence, or built without
 * anything of the host in it. Nothing on the host changes.
 */
import assert from 'node:assert/strict';
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTar, type WrittenEntry } from '../../../src/layers/index.ts';
import { bridgeOfOwn, lacks, startEngine, type Server } from '../engine-support.ts';
import { command, folder, freshFolder, skipAll, type Answer } from '../support.ts';
import { imageOf } from './image.ts';

const SECRET = 'what only the host knows';

describe('a hostile build', function () {
  this.timeout(300_000);
  let ours: Server;
  const canary = join(folder, 'canary');

  before(async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    mkdirSync(canary);
    writeFileSync(join(canary, 'secret'), SECRET);
    ours = await startEngine(...bridgeOfOwn());
  });

  after(() => ours?.end());

  let count = 0;
  /** A context on the disk, as the client sends it. */
  const contextWith = (dockerfile: string, files: (folder: string) => void = () => undefined): string => {
    const path = freshFolder(`hostile-${++count}`);
    writeFileSync(join(path, 'Dockerfile'), dockerfile);
    files(path);
    return path;
  };
  const build = (context: string, input = ''): Promise<Answer> =>
    command(ours.docker('build', '-q', '-t', 'hostile', context), { seconds: 240, input });

  /** A context as no client would send it: built out of entries, through standard input. */
  async function buildEntries(dockerfile: string, entries: readonly Partial<WrittenEntry>[]): Promise<Answer> {
    const pieces: Buffer[] = [];
    const all = [{ path: 'Dockerfile', data: dockerfile }, ...entries].map(entryOf);
    for await (const piece of writeTar(all)) pieces.push(Buffer.from(piece));
    const archive = join(freshFolder(`hostile-${++count}`), 'context.tar');
    writeFileSync(archive, Buffer.concat(pieces));
    const words = ours.docker('build', '-q', '-t', 'hostile', '-').join(' ');
    return command(['sh', '-c', `${words} < ${archive}`], { seconds: 240 });
  }

  async function refused(answer: Promise<Answer>, words: RegExp): Promise<void> {
    const { code, stdout, stderr } = await answer;
    assert.notEqual(code, 0, `built: ${stdout}`);
    assert.match(stderr, words);
    assert.doesNotMatch(stdout + stderr, new RegExp(SECRET));
    assert.doesNotMatch(stderr, /INTERNAL|should not have happened|at .*\.ts:/);
  }

  it('gets nothing through a symbolic link that leads out of the context', async () => {
    const link = (path: string): void => symlinkSync(canary, join(path, 'out'));
    await refused(build(contextWith('FROM lab\nCOPY out/secret /x\n', link)), /out\/secret|no such file|not found/i);
    const { code, stderr } = await build(contextWith('FROM lab\nCOPY . /x/\n', link));
    assert.equal(code, 0, stderr);
    const { files, contents } = await imageOf(ours, 'hostile');
    assert.match(files['/x/out']!, /^symlink/);
    assert(![...contents.values()].includes(SECRET));
  });

  it('gets nothing from above the context', async () => {
    for (const path of ['../../canary/secret', '/../canary/secret', 'a/../../../canary/secret'])
      await refused(build(contextWith(`FROM lab\nCOPY ${path} /x\n`)), /secret/);
  });

  it('writes nothing beside the context, whatever names are in its archive', async () => {
    const names = ['../../escaped', '/tmp/../../escaped', `${canary}/escaped`, 'a/../../escaped'];
    for (const path of names) await buildEntries('FROM lab\nCOPY . /x/\n', [{ path, data: 'escaped' } as never]);
    const through = [
      { path: 'way', type: 'symlink', target: canary },
      { path: 'way/escaped', data: 'escaped' },
    ];
    await buildEntries('FROM lab\nCOPY . /x/\n', through as never);
    assert(!existsSync(join(canary, 'escaped')));
    assert(!existsSync('/escaped') && !existsSync(join(folder, 'escaped')));
  });

  it('writes nothing on the host through a link in the image', async () => {
    const dockerfile = `FROM lab\nRUN ln -s ${canary} /way\nCOPY Dockerfile /way/escaped\nADD Dockerfile /way/added\n`;
    await build(contextWith(dockerfile));
    assert(!existsSync(join(canary, 'escaped')) && !existsSync(join(canary, 'added')));
  });

  it('finds only earlier stages, so that no stage waits for itself', async () => {
    await refused(build(contextWith('FROM lab\nCOPY --from=0 /x /y\n')), /invalid from flag value 0/);
    await refused(build(contextWith('FROM lab AS a\nCOPY --from=1 /x /y\nFROM a\n')), /invalid from flag value 1/);
    const { code, stderr } = await build(contextWith('FROM lab AS lab\nCOPY --from=lab /bin/busybox /y\n'));
    assert.equal(code, 0, `its own name means an image: ${stderr}`);
  });

  it('takes nothing away by the name of a file that is copied', async () => {
    const at = (name: string) => (path: string) => {
      mkdirSync(join(path, 'd'));
      writeFileSync(join(path, 'd', name), '');
    };
    const named = /layer cannot have files of such names/;
    await refused(build(contextWith('FROM lab\nCOPY d /etc/\n', at('.wh..wh..opq'))), named);
    await refused(build(contextWith('FROM lab\nCOPY d/.wh.passwd /etc/\n', at('.wh.passwd'))), named);
    for (const text of ['COPY d/passwd /etc/.wh.passwd', 'COPY d/passwd /etc/.wh.passwd/', 'WORKDIR /etc/.wh.passwd'])
      await refused(build(contextWith(`FROM lab\n${text}\n`, at('passwd'))), named);
  });

  it('cannot make a trigger of a trigger', async () => {
    await refused(build(contextWith('FROM lab\nONBUILD ONBUILD RUN true\n')), /2:9: ONBUILD cannot be a trigger/);
  });

  it('is told the line of a row that is too long', async () => {
    await refused(
      build(contextWith(`FROM lab\nRUN true ${'x'.repeat(10 << 20)}\n`)),
      /Dockerfile:2:1: a row of \d+ bytes/,
    );
  });

  it('is told when a variable grows without end', async () => {
    const doubled = 'ENV a=$a$a\n'.repeat(60);
    await refused(build(contextWith(`FROM lab\nENV a=xxxxxxxxxxxxxxxx\n${doubled}`)), /longer than/);
  });

  it('may have a hundred thousand files', async function () {
    if (process.env.CI) return this.skip();
    const context = contextWith('FROM lab\nCOPY many /many\n', (path) => {
      for (let group = 0; group < 100; group++) {
        mkdirSync(join(path, 'many', String(group)), { recursive: true });
        for (let file = 0; file < 1000; file++) writeFileSync(join(path, 'many', String(group), String(file)), '');
      }
    });
    const { code, stderr } = await build(context);
    assert.equal(code, 0, stderr);
    const files = Object.keys((await imageOf(ours, 'hostile')).files).filter((path) => path.startsWith('/many/'));
    assert.equal(files.length, 100_100);
  });

  it('may have a file that is two gigabytes of nothing', async function () {
    if (process.env.CI) return this.skip();
    const context = contextWith(
      'FROM lab\nCOPY large /large\nRUN test "$(stat -c %s /large)" = 2147483648\n',
      (path) => {
        const file = openSync(join(path, 'large'), 'w');
        ftruncateSync(file, 2 ** 31);
        closeSync(file);
      },
    );
    const { code, stderr } = await build(context);
    assert.equal(code, 0, stderr);
  });
});

/** An entry of an archive, from what is special about it. */
function entryOf({ path, target, data, type = 'file', ...rest }: Record<string, unknown>): WrittenEntry {
  const bytes = (text: unknown): Buffer => Buffer.from(String(text));
  const content = data === undefined ? undefined : bytes(data);
  return {
    type,
    path: bytes(path),
    ...(target !== undefined && { target: bytes(target) }),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content?.length ?? 0,
    mtime: { seconds: 1_000_000_000, nanoseconds: 0 },
    ...(content && { data: content }),
    ...rest,
  } as unknown as WrittenEntry;
}
