/**
 * The Dockerfiles of corpus/, built by Debian's dockerd and by ours with the same client, and compared: config, history,
 * and every file with its owner, mode, time, attributes and content.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeOfOwn, lacks, startDockerd, startEngine, type Server } from '../engine-support.ts';
import { command, freshFolder, said, skipAll, type Answer } from '../support.ts';
import { cases, contextOf, type Case } from './corpus.ts';
import { CONTEXT_TIME, imageOf, type Image } from './image.ts';

/** All of them take minutes. Those that run everywhere have something of everything. */
const sample = [
  ...['line-continuation', 'escape-directive', 'from-stages', 'run-removes', 'env-forms', 'arg-forms', 'onbuild'],
  ...['copy-folder', 'copy-chown', 'copy-links', 'add-archive', 'healthcheck-forms', 'kit-heredoc-run', 'wrong-flag'],
];
const chosen = cases.filter(({ name }) => !process.env.CI || sample.includes(name));

/** A root file system of busybox and a few users, every time of it the same. */
function baseArchive(): string {
  const folder = freshFolder('base');
  for (const name of ['bin', 'etc', 'tmp', 'root']) mkdirSync(join(folder, name));
  chmodSync(join(folder, 'tmp'), 0o1777);
  cpSync('/usr/bin/busybox', join(folder, 'bin/busybox'));
  const applets = 'sh echo cat ls mkdir ln chmod chown touch rm id env grep pwd true false printf';
  for (const name of applets.split(' ')) symlinkSync('busybox', join(folder, 'bin', name));
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1001::/home/user:/bin/sh\n');
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nstaff:x:50:\nuser:x:1001:\n');
  for (const name of ['etc/passwd', 'etc/group']) utimesSync(join(folder, name), CONTEXT_TIME, CONTEXT_TIME);
  const archive = join(freshFolder('archives'), 'base.tar');
  execFileSync('tar', ['-C', folder, '--owner=0', '--group=0', `--mtime=@${CONTEXT_TIME}`, '-cf', archive, '.']);
  return archive;
}

describe('a build', function () {
  this.timeout(300_000);
  let theirs: Server;
  let ours: Server;

  before(async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [theirs, ours] = await Promise.all([startDockerd(), startEngine(...bridgeOfOwn())]);
    const saved = join(freshFolder('archives'), 'lab.tar');
    const config = ['-c', 'ENV PATH=/bin', '-c', 'CMD ["/bin/sh"]'];
    await said(theirs.docker('import', ...config, baseArchive(), 'lab'));
    await said(theirs.docker('save', '-o', saved, 'lab'));
    await said(ours.docker('load', '-i', saved));
  });

  after(async () => {
    await theirs?.end();
    await ours?.end();
  });

  const built = ({ name, options = [] }: Case, server: Server, context: string): Promise<Answer> => {
    const words = options.map((word) => word.replace('{context}', context));
    return command(server.docker('build', '-t', name, ...words, context), { seconds: 120 });
  };

  for (const one of chosen)
    it(`${one.files ? 'is as the reference says' : 'is the same by both'}: ${one.name}`, async function () {
      const context = contextOf(one);
      const mine = await built(one, ours, context);
      if (one.files) {
        assert.equal(mine.code, 0, mine.stdout + mine.stderr);
        assertExpected(one, await imageOf(ours, one.name));
      } else {
        const reference = await built(one, theirs, context);
        if (one.fails) assertRefused(one, mine, reference);
        else {
          assert.equal(reference.code, 0, `dockerd: ${reference.stdout}${reference.stderr}`);
          assert.equal(mine.code, 0, `ours: ${mine.stdout}${mine.stderr}`);
          const [image, wanted] = [await imageOf(ours, one.name), await imageOf(theirs, one.name)];
          assert.deepEqual(compared(one, image), compared(one, wanted));
        }
      }
      rmSync(context, { recursive: true });
    });
});

/** What must be the same. */
function compared({ differs = {} }: Case, { config, history, files }: Image): unknown {
  const isOther = (path: string): boolean =>
    Object.keys(differs).some((other) => path === other || path.startsWith(`${other}/`));
  return { config, history, files: Object.fromEntries(Object.entries(files).filter(([path]) => !isOther(path))) };
}

function assertRefused({ fails }: Case, mine: Answer, reference: Answer): void {
  for (const [who, answer] of Object.entries({ dockerd: reference, ours: mine })) {
    const text = answer.stdout + answer.stderr;
    assert.notEqual(answer.code, 0, `${who} built it: ${text}`);
    assert.match(text, new RegExp(fails!, 'i'), who);
  }
  assert.equal(mine.code, reference.code, `exit codes: ${mine.stderr} ${reference.stderr}`);
}

function assertExpected(one: Case, { files, contents }: Image): void {
  for (const [path, wanted] of Object.entries(one.files!)) {
    const [, mode, owner] = files[path]?.split(' ') ?? [];
    assert.equal(files[path] ? `${mode} ${owner} ${contents.get(path)}` : null, wanted, path);
  }
}
