/** The images that a build begins with: where they come from, what is told of that, and what FROM and --from call by a variable. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { person, startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine, type OurServer } from './engine-support.ts';
import { command, freshFolder, said, skipAll, type Answer } from './support.ts';

describe('the base images of a build', function () {
  this.timeout(120_000);
  let ours: OurServer;
  let open: LocalRegistry;
  let locked: LocalRegistry;
  let count = 0;
  const config = freshFolder('client');

  before('an engine and two registries, one with a password', async function () {
    const reason = lacks('docker-registry');
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
    [open, locked] = await Promise.all([startRegistry(), startRegistry({ password: true })]);
  });
  after(async () => {
    await ours?.end();
    await Promise.all([open?.stop(), locked?.stop()]);
  });

  const as = (words: readonly string[]): string[] => ['env', 'DOCKER_BUILDKIT=0', `DOCKER_CONFIG=${config}`, ...words];
  const docker = (...words: string[]): string[] => as(ours.docker(...words));
  const drydock = (...words: string[]): string[] =>
    as([process.execPath, join(projectHome(), 'dist/drydock.cjs'), '-H', ours.host, ...words]);
  const clients = { 'the real client': docker, 'our client': drydock };

  function folderWith(dockerfile: string): string {
    const folder = freshFolder(`bases-${++count}`);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    return folder;
  }

  const build = (client: typeof docker, dockerfile: string, ...words: string[]): Promise<Answer> =>
    command(client('build', '--network', 'none', ...words, folderWith(dockerfile)));

  async function built(...given: Parameters<typeof build>): Promise<string> {
    const { code, stdout, stderr } = await build(...given);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  }

  /** A registry's name leads to an image that says this, and the engine does not have it. */
  async function published(name: string, text: string): Promise<void> {
    await built(drydock, `FROM lab\nRUN echo ${text} > /said\n`, '-t', name);
    await said(drydock('push', name));
    await said(drydock('rmi', name));
    await said(drydock('builder', 'prune', '-af'));
  }

  for (const [who, client] of Object.entries(clients))
    it(`are told as they are fetched, behind FROM and COPY --from, by ${who}`, async () => {
      const [name, other] = [`${open.host}/told/base:1`, `${open.host}/told/other:1`];
      await published(name, 'fetched');
      await published(other, 'copied');
      const told = await built(client, `FROM ${name}\nCOPY --from=${other} /said /other\nRUN cat /said /other\n`);
      const lines = told.split('\n').filter((line) => /^(Step|1: |Status: |fetched|copied)/.test(line));
      assert.deepEqual(lines, [
        `Step 1/3 : FROM ${name}`,
        '1: Pulling from told/base',
        `Status: Downloaded newer image for ${name}`,
        `Step 2/3 : COPY --from=${other} /said /other`,
        '1: Pulling from told/other',
        `Status: Downloaded newer image for ${other}`,
        'Step 3/3 : RUN cat /said /other',
        'fetched',
        'copied',
      ]);
      assert.match(told, /^[0-9a-f]{12}: (Pull complete|Already exists)$/m);
      assert.doesNotMatch(await built(client, `FROM ${name}\nLABEL quiet=${who.slice(0, 3)}\n`, '-q'), /Pulling/);
    });

  it('are fetched anew with --pull, which is an error where nobody answers', async () => {
    const registry = await startRegistry();
    const name = `${registry.host}/newer:1`;
    const says = async (...words: string[]): Promise<string> =>
      /^(older|newer)$/m.exec(await built(docker, `FROM ${name}\nRUN cat /said\n`, '--no-cache', ...words))![0];
    try {
      await published(name, 'newer');
      await said(drydock('pull', name));
      const newer = await said(drydock('images', '-q', name));
      await published(name, 'older');
      assert.equal(await says(), 'older');
      await said(drydock('tag', newer, name));
      assert.equal(await says(), 'newer');
      assert.equal(await says('--pull'), 'older');
    } finally {
      await registry.stop();
    }
    assert.equal(await says(), 'older');
    const { code, stdout, stderr } = await build(docker, `FROM ${name}\n`, '--pull');
    assert.equal(code, 1, stdout);
    assert.match(stderr, /ECONNREFUSED/);
  });

  it('are private ones for whoever has logged in with the real client', async () => {
    const name = `${locked.host}/private:1`;
    const login = docker('login', '-u', person.username, '--password-stdin', locked.host);
    await said(login, { input: person.password });
    await published(name, 'private');
    const dockerfile = `FROM lab\nCOPY --from=${name} /said /said\nRUN cat /said\n`;
    await said(docker('logout', locked.host));
    for (const client of Object.values(clients)) {
      const { code, stdout, stderr } = await build(client, dockerfile);
      assert.equal(code, 1, stdout);
      assert.match(stderr, /401: authentication required/);
    }
    await said(login, { input: person.password });
    for (const client of Object.values(clients)) {
      assert.match(await built(client, dockerfile, '--no-cache'), /^private$/m);
      await said(drydock('rmi', '-f', name));
    }
  });

  it('says of triggers what has run, once, and what all of them have led to, as dockerd 20.10 does', async () => {
    await built(docker, 'FROM lab\nONBUILD RUN echo on\nONBUILD COPY Dockerfile /\nONBUILD RUN echo off\n', '-t', 'on');
    const told = await built(docker, 'FROM on\nLABEL a=b\n', '--no-cache');
    const id = '[0-9a-f]{12}';
    const ran = (text: string): string => ` ---> Running in (${id})\n${text}\nRemoving intermediate container `;
    const wanted = `# Executing 3 build triggers\n${ran('on')}\\1\n${ran('off')}\\2\n ---> ${id}\nStep 2/2 : LABEL a=b\n`;
    assert.match(told, new RegExp(wanted));
  });

  it('are called by variables behind FROM alone, and it is said which has no value, and what to write instead', async () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      [
        'ARG S=one\nFROM lab AS one\nFROM lab\nCOPY --from=${S} /bin /b\n',
        /invalid from flag value \$\{S\}: variables.*\nhint: .*ARG S before the first FROM, then FROM \$\{S\} AS source, and --from=source\n/,
      ],
      [
        'FROM lab\nARG X=lab\nFROM $X\n',
        /base name \(\$X\).*\nhint: X has no value here.*line 2 is for its stage alone\n/,
      ],
      ['FROM lab:$TAG\n', /'lab:': invalid reference.*\nhint: TAG has no value here: /],
    ];
    for (const [dockerfile, why] of wrong) {
      const { code, stderr } = await build(drydock, dockerfile);
      assert.equal(code, 1, dockerfile);
      assert.match(stderr, why);
    }
    const inOnbuild = 'FROM lab\nONBUILD COPY --from=$S /bin /b\n';
    await built(drydock, inOnbuild, '-t', 'triggers');
    assert.match((await build(docker, 'FROM triggers\n')).stderr, /invalid from flag value \$S: variables are not/);
    await built(drydock, 'ARG S=lab\nFROM $S AS source\nFROM lab\nCOPY --from=source /bin /b\n');
  });

  it('are fetched where what is here is for another platform, and where they cannot be, both are named', async () => {
    const name = `${open.host}/machines:1`;
    const from = `FROM --platform=linux/arm64 ${name}\nLABEL built=yes\n`;
    await built(drydock, 'FROM --platform=linux/arm64 scratch\nCOPY Dockerfile /x\n', '-t', name);
    await said(drydock('push', name));
    await said(drydock('tag', 'lab', name));
    for (const client of Object.values(clients)) assert.match(await built(client, `FROM ${name}\nRUN true\n`), /RUN/);
    await built(drydock, from, '-t', 'machine');
    const platform = await said(drydock('image', 'inspect', '-f', '{{.Os}}/{{.Architecture}}', 'machine'));
    assert.equal(platform.trim(), 'linux/arm64');
    for (const [dockerfile, ...words] of [
      ['FROM --platform=linux/s390x lab\n'],
      ['FROM lab\n', '--platform', 'linux/s390x'],
      [`FROM lab\nFROM --platform=linux/s390x ${name}\n`],
    ] as const)
      for (const client of Object.values(clients)) {
        const { code, stderr } = await build(client, dockerfile, ...words);
        assert.equal(code, 1, dockerfile);
        assert.match(
          stderr,
          / is here for linux\/(amd64|arm64) and not for linux\/s390x, for which it cannot be fetched/,
        );
      }
  });

  it('are those that were probably meant, where a stage or an image is misspelled', async () => {
    const missing = '127.0.0.1:1/web';
    await said(drydock('tag', 'lab', `${missing}:2`));
    const stages = 'FROM lab AS builder\nFROM lab\n';
    for (const [dockerfile, line] of [
      [`${stages}COPY --from=bulder /bin /x\n`, 3],
      ['FROM lab AS builder\nFROM bulder\n', 2],
      [`${stages}RUN --mount=type=bind,from=bulder,target=/x true\n`, 3],
    ] as const) {
      for (const client of Object.values(clients)) {
        const { code, stderr } = await build(client, dockerfile);
        assert.equal(code, 1);
        assert.match(stderr, /there is no stage 'bulder', did you mean stage 'builder'\? And no such image: /);
      }
      assert.match((await build(drydock, dockerfile)).stderr, new RegExp(`^Dockerfile, line ${line}: `, 'm'));
    }
    for (const dockerfile of [`FROM ${missing}:3\n`, `FROM lab\nCOPY --from=${missing} /bin /x\n`]) {
      const { code, stderr } = await build(drydock, dockerfile);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Dockerfile, line \d: [^]*ECONNREFUSED.*\nhint: there is a local image '127\.0\.0\.1:1\/web:2'/m,
      );
    }
    for (const [verb, exitCode] of [
      ['run', 125],
      ['create', 1],
      ['pull', 1],
    ] as const) {
      const { code, stderr } = await command(drydock(verb, `${missing}:3`));
      assert.equal(code, exitCode, stderr);
      assert.match(stderr, /ECONNREFUSED[^]*\nhint: there is a local image '127\.0\.0\.1:1\/web:2'/);
    }
  });

  it('know the platforms of a build without an ARG', async () => {
    await built(docker, 'FROM --platform=$BUILDPLATFORM lab AS linux\nFROM $TARGETOS\nRUN true\n');
  });
});
