/** RUN --mount, seen from outside: what is lost, what is shared and with whom, and what is refused in words. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeOfOwn, lacks, startEngine, type Server } from '../engine-support.ts';
import { command, freshFolder, skipAll, type Answer } from '../support.ts';
import { imageOf } from './image.ts';

describe('a mount for a program of a build', function () {
  this.timeout(120_000);
  let ours: Server;
  before(async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
  });
  after(() => ours?.end());

  let count = 0;
  function build(dockerfile: string, ...words: string[]): Promise<Answer> {
    const context = freshFolder(`mounts-${++count}`);
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    writeFileSync(join(context, 'a'), 'A\n');
    for (const [option, name] of [
      ['-cJf', 'a.tar.xz'],
      ['-cjf', 'a.tbz2'],
    ] as const)
      execFileSync('tar', ['-C', context, option, join(context, name), 'a']);
    return command(ours.docker('build', '-q', '-t', 'mounts', '--network', 'none', ...words, context), { seconds: 60 });
  }

  async function contentsOf(dockerfile: string): Promise<ReadonlyMap<string, string>> {
    const { code, stdout, stderr } = await build(dockerfile);
    assert.equal(code, 0, stdout + stderr);
    return (await imageOf(ours, 'mounts')).contents;
  }

  it('can be written to with rw, and nobody else ever sees it', async () => {
    const contents = await contentsOf(`FROM lab AS other
RUN echo made > /made
FROM lab
RUN --mount=type=bind,target=/c,rw echo changed > /c/a; cat /c/a > /changed
RUN --mount=type=bind,target=/c cat /c/a > /context
RUN --mount=type=bind,from=other,target=/o,rw rm /o/made; ls /o > /left; touch /o/new
RUN --mount=type=bind,from=other,target=/o ls /o > /stage; ! touch /o/new
`);
    const at = (path: string): string | undefined => contents.get(path);
    assert.deepEqual([at('/changed'), at('/context')], ['changed\n', 'A\n']);
    assert.doesNotMatch(at('/left')!, /^made$/m);
    assert.match(at('/stage')!, /^made$/m);
    assert.doesNotMatch(at('/stage')!, /^new$/m);
  });

  const meet = (me: string, other: string): string =>
    `touch /meet/${me}; until [ -e /meet/${other} ]; do usleep 9999; done`;
  const shared = '--mount=type=cache,id=meet,target=/meet';

  it('is one folder for all, or one for each at the same time, as the cache says', async () => {
    const own = '--mount=type=cache,id=own,target=/own,sharing=private';
    const stage = (me: string, other: string): string =>
      `FROM lab AS ${me}\nRUN ${shared} ${own} touch /own/${me}; ${meet(me, other)}; ls /own > /seen\n`;
    const contents = await contentsOf(
      `${stage('one', 'two')}${stage('two', 'one')}FROM lab\nCOPY --from=one /seen /one\nCOPY --from=two /seen /two\n`,
    );
    assert.deepEqual([contents.get('/one'), contents.get('/two')], ['one\n', 'two\n']);
  });

  it('is for one after the other where the cache is locked, in whatever order its folders are named', async () => {
    const locked = (id: string): string => `--mount=type=cache,id=${id},target=/${id},sharing=locked`;
    const stage = (...ids: string[]): string =>
      `RUN ${ids.map(locked).join(' ')} ${locked('x').replace('/x', '/again')} mkdir /x/alone && usleep 200000 && rmdir /again/alone\n`;
    await contentsOf(`FROM lab AS one
${stage('x', 'y')}FROM lab AS two
${stage('y', 'x')}FROM lab
COPY --from=one /etc/passwd /one
COPY --from=two /etc/passwd /two
`);
  });

  it('is refused in words where Drydock has none', async () => {
    const refused = async (line: string, words: RegExp): Promise<void> => {
      const { code, stderr } = await build(`FROM lab\n${line}\n`);
      assert.equal(code, 1, stderr);
      assert.match(stderr, words);
    };
    await refused('RUN --mount=type=ssh true', /type=ssh: Drydock forwards no agent/);
    await refused(
      'ARG S=lab\nRUN --mount=from=$S,target=/c true',
      /:3:.*from=\$S: stages are known before any variable/,
    );
    await refused('RUN --security=insecure true', /RUN failed: --security=insecure/);
    await refused('RUN --mount=type=cache,target=/c,from=lab true', /type=cache begins empty/);
    await refused('ADD https://example.com/a/b.git#main /x', /b\.git#main is a git repository/);
    await refused('ADD git@example.com:a/b /x', /is a git repository/);
  });

  it('leaves an archive packed that it is told to leave so', async () => {
    const lines = 'FROM lab\nADD a.tar.xz /x/\nADD --unpack=false a.tar.xz /y\nCOPY a.tbz2 /z\n';
    const { code, stderr } = await build(`${lines}RUN test -d /x -a -f /y -a -f /z && test ! -e /x/a.tar.xz\n`);
    assert.equal(code, 0, stderr);
  });
});
