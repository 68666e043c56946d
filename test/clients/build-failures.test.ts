/** What a build says that has failed, or was not begun: where it stands, and in which words what to do about it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine, type Server } from './engine-support.ts';
import { command, freshFolder, labArchive, said, skipAll } from './support.ts';

describe('a build that fails', function () {
  this.timeout(120_000);
  let ours: Server;
  let count = 0;

  before(async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
    await said(ours.docker('import', await labArchive(), 'base'));
  });
  after(() => ours?.end());

  function folderWith(dockerfile: string): string {
    const folder = freshFolder(`failures-${++count}`);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    writeFileSync(join(folder, 'a.txt'), 'A\n');
    return folder;
  }

  const drydock = (...words: string[]): string[] => [
    ...[process.execPath, join(projectHome(), 'dist/drydock.cjs'), '-H', ours.host],
    ...words,
  ];
  it('says of whatever has failed where it stands, and how to look at what was there before', async () => {
    const shell = /^hint: `drydock run --rm -it --entrypoint sh [0-9a-f]{12}` opens a shell/m;
    for (const text of ['COPY missing /x', 'RUN ["missing"]', 'ENV a=${b:?c}', 'run exit 3']) {
      const { stderr } = await command(drydock('build', folderWith(`FROM base\nLABEL a=b\n${text}\n`)));
      assert(stderr.startsWith(`Dockerfile, line 3: ${text}\n`), stderr);
      assert.equal(shell.test(stderr), /^run/i.test(text), stderr);
      // One form, and below what has failed.
      assert.match(stderr, /^.*\n.*\n(hint: .*\n)+$/);
    }
    const later =
      'FROM base AS one\nLABEL a=b\nFROM base\nCOPY --from=NAME /x /x\nFROM base AS three\nCOPY --from=1 / /\n';
    for (const [name, wanted] of [
      ['127.0.0.1:1/on', /no stage is called 127\.0\.0\.1:1\/on: there are: one/],
      ['three', /^hint: stage three does not stand before this one, and so three was looked up as an image$/m],
    ] as const)
      assert.match((await command(drydock('build', folderWith(later.replace('NAME', name))))).stderr, wanted);
    const { stderr } = await command(drydock('build', folderWith('FROM 127.0.0.1:1/missing\n')));
    assert.match(stderr, /^Dockerfile, line 1: FROM/m);
    assert.doesNotMatch(stderr, shell);
  });

  it('says what a source was meant to be that is not there', async () => {
    const folder = folderWith('FROM base\nCOPY a.tx /x\n');
    writeFileSync(join(folder, '.dockerignore'), 'left\n');
    writeFileSync(join(folder, 'left'), '');
    assert.match(
      (await command(drydock('build', folder))).stderr,
      /a\.tx: no such file.*\nhint: did you mean 'a\.txt'\?\n$/,
    );
    writeFileSync(join(folder, 'Dockerfile'), 'FROM base\nADD left /x\n');
    assert.match(
      (await command(drydock('build', folder))).stderr,
      /left: no such file.*\nhint: \.dockerignore leaves left out: /,
    );
  });

  it('refuses a name with an empty tag before anything is sent', async () => {
    for (const client of [drydock, (...words: string[]) => ours.docker(...words)]) {
      const { code, stderr } = await command(client('build', '-t', 'web:', folderWith('FROM base\n')));
      assert.equal(code, 125, stderr);
      assert.match(stderr, /^invalid argument "web:" for "-t, --tag" flag: invalid reference format/m);
    }
    assert.match(
      (await command(drydock('build', '-t', 'web:', folderWith('FROM base\n')))).stderr,
      /: no tag follows the ':'; web:latest, or web\n/,
    );
  });

  it('names the option with a secret that cannot be had', async () => {
    const folder = folderWith('FROM base\n');
    for (const [secret, why] of [
      ['id=x,src=nope', 'failed to stat nope: stat nope: no such file or directory'],
      ['id=x,env=NOPE', 'there is no variable NOPE'],
      ['src=nope', 'it has no id; as in id=token,src=FILE'],
    ] as const) {
      const { code, stderr } = await command(drydock('build', '--secret', secret, folder));
      assert.equal(code, 125, stderr);
      assert(stderr.startsWith(`invalid argument "${secret}" for "--secret" flag: ${why}\n`), stderr);
    }
  });

  it('has no colour of the engine’s where nobody looks at a terminal', async () => {
    const folder = folderWith(`FROM base\nRUN echo wrong >&2; printf '\\033[32mown\\033[0m\\n'; exit 3\n`);
    const out = await command(drydock('build', folder));
    assert.match(out.stdout, /^wrong$/m);
    assert(out.stdout.includes('\x1b[32mown\x1b[0m') && !out.stdout.includes('\x1b[91m'), JSON.stringify(out.stdout));
    const { stderr } = await command(drydock('build', '-q', folder));
    assert.match(stderr, /^wrong$/m);
    assert(!stderr.includes('\x1b[91m'));
  });

  it('gives no advice that has nothing to do with what has failed', async () => {
    const web = createServer(({ url }, answer) => void answer.writeHead(url === '/none' ? 404 : 200).end('A'));
    await once(web.listen(0, '127.0.0.1'), 'listening');
    const here = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    const near = 'FROM base AS bass\nLABEL a=b\nFROM base\n';
    try {
      for (const [text, wanted] of [
        [`FROM base\nADD ${here}/none /x`, /\/none: 404 Not Found\n$/],
        [
          `FROM base\nADD --checksum=sha256:${'0'.repeat(64)} ${here}/a /x`,
          /says sha256:0{64}\nhint: another file is /,
        ],
        [`FROM base\nADD ${here}/ /x/`, /it has no name that a file could get\nhint: a destination without \/ /],
        [`${near}COPY --from=basse /x /x`, /did you mean stage 'bass'\?.*\n$/],
        ['FROM base AS bass\nFROM basse', /did you mean stage 'bass'\?.*\n$/],
      ] as const)
        assert.match((await command(drydock('build', folderWith(`${text}\n`)))).stderr, wanted);
    } finally {
      web.close();
    }
  });

  it('offers a shell only where one can start, and says where a line needs one that is not there', async () => {
    const failed = async (text: string): Promise<string> =>
      (await command(drydock('build', '--network', 'none', folderWith(`${text}\n`)))).stderr;
    for (const text of ['FROM scratch\nRUN true', 'FROM scratch\nCOPY a.txt /\nRUN true']) {
      const stderr = await failed(text);
      assert.match(stderr, /\nhint: the image has no \/bin\/sh, which runs this line: .*\n$/);
      assert.doesNotMatch(stderr, /opens a shell/);
    }
    assert.doesNotMatch(await failed('FROM scratch\nCOPY a.txt /\nRUN ["/a.txt"]'), /opens a shell|has no/);
    const shell = (user: string): RegExp => new RegExp(`run --rm -it ${user}--entrypoint sh [0-9a-f]{12}\` opens`);
    assert.match(await failed('FROM base\nUSER nosuch\nRUN true'), shell('-u 0 '));
    assert.match(await failed('FROM base\nUSER 7\nRUN false'), shell(''));
    assert.match(
      await failed('FROM base\nSHELL ["/bin/bash", "-c"]\nRUN false'),
      /the image has no \/bin\/bash[^]*--entrypoint sh/,
    );
  });
});
