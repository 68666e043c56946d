/** `.dockerignore` of a stranger, who may have made anything of it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contextOf } from '../../../../src/cli/docker/build-context.ts';
import { decompressed, readTar } from '../../../../src/layers/index.ts';

describe('what a build is not sent', () => {
  let top: string;
  let folder: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'dd-ignore-'));
    folder = join(top, 'here.git');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM lab\n');
    writeFileSync(join(folder, 'a'), 'A');
    writeFileSync(join(top, 'rules'), 'a\n');
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  const ignore = (): string => join(folder, '.dockerignore');
  async function sent(place = folder): Promise<string[]> {
    const { body, close } = await contextOf(place, '');
    const names: string[] = [];
    for await (const { path } of readTar(decompressed(body!))) names.push(path.toString());
    await close();
    return names;
  }
  /** The folder as a repository that somebody clones. */
  function repository(): string {
    const git = (...words: string[]): unknown => execFileSync('git', ['-C', folder, ...words]);
    git('init', '-q');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@localhost', 'commit', '-qm', 'first');
    return `file://${folder}`;
  }

  it('is what the file says, also where that is a link in a folder of ours', async () => {
    symlinkSync('../rules', ignore());
    assert.deepEqual(await sent(), ['.dockerignore', 'Dockerfile']);
  });

  it('is said by nothing without an end, and by no pipe that nobody writes into', async () => {
    symlinkSync('/dev/zero', ignore());
    await assert.rejects(sent(), /unable to prepare context: \.dockerignore is no regular file/);
    rmSync(ignore());
    execFileSync('mkfifo', [ignore()]);
    await assert.rejects(sent(), /\.dockerignore is no regular file/);
  });

  it('is not longer than anybody would write it', async () => {
    writeFileSync(ignore(), '');
    truncateSync(ignore(), 2 ** 31);
    await assert.rejects(sent(), /\.dockerignore has 2147483648 bytes: at most 1048576/);
  });

  it('is, in a repository, what stands in it, and nothing of this machine', async function () {
    if (spawnSync('git', ['--version']).status !== 0) this.skip();
    symlinkSync('/dev/zero', ignore());
    const place = repository();
    await assert.rejects(sent(place), /\.dockerignore is a link that leads out of the repository/);
    rmSync(ignore());
    symlinkSync('rules', ignore());
    writeFileSync(join(folder, 'rules'), 'a\nrules\n');
    repository();
    assert.deepEqual(await sent(place), ['.dockerignore', 'Dockerfile']);
  });
});
