/**
 * Files of this machine that a build takes and gives, by our own client and by the real one: what a program may do goes into
 * the image with it, and the id of the image comes out.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { bridgeOfOwn, lacks, startEngine, type Server } from './engine-support.ts';
import { imageOf } from './builder/image.ts';
import { command, freshFolder, labArchive, said, skipAll } from './support.ts';

/** cap_net_raw+ep, as setcap(8) writes it: revision 2 and effective; permitted 1 << 13; nothing else. */
const NET_RAW = `security.capability=${'01000002' + '00200000'}${'00000000'.repeat(3)}`;

describe('files of a build', function () {
  this.timeout(120_000);
  let ours: Server;
  let context = '';

  before('an engine, and a context', async function () {
    const reason = lacks('setcap', 'setfattr');
    if (reason) skipAll(this, reason);
    ours = await startEngine(...bridgeOfOwn());
    await said(ours.docker('import', await labArchive(), 'base'));
    context = freshFolder('capable');
    writeFileSync(join(context, 'Dockerfile'), 'FROM base\nCOPY ping large nothing /caps/\n');
    for (const name of ['ping', 'nothing']) writeFileSync(join(context, name), name);
    writeFileSync(join(context, 'large'), Buffer.alloc(3 << 20));
    await said(['setcap', 'cap_net_raw+ep', join(context, 'ping')]);
    // Of a user namespace: who is root there is the business of this host.
    await said(['setcap', '-n', '1000', 'cap_net_raw+ep', join(context, 'large')]);
    await said(['setfattr', '-n', 'user.xdg.origin.url', '-v', 'http://localhost/', join(context, 'nothing')]);
  });
  after(() => ours?.end());

  const drydock = (...words: string[]): string[] => [
    ...[process.execPath, join(projectHome(), 'dist/drydock.cjs'), '-H', ours.host],
    ...words,
  ];
  const clients = { 'the real client': (...words: string[]) => ours.docker(...words), 'our client': drydock };

  for (const [who, client] of Object.entries(clients)) {
    it(`have their capabilities in the image, and no other attributes, by ${who}`, async () => {
      const name = `caps-${who.split(' ', 1)[0]}`;
      await said(client('build', '-q', '--no-cache', '-t', name, context));
      const { files } = await imageOf(ours, name);
      const attributes = (file: string): string | undefined => / (\w+\.\S+=.*)$/.exec(files[`/caps/${file}`]!)?.[1];
      assert.deepEqual(['ping', 'large', 'nothing'].map(attributes), [NET_RAW, NET_RAW, undefined]);
    });

    it(`have their capabilities in a container that they are copied into, by ${who}`, async () => {
      const name = `cp-${who.split(' ', 1)[0]}`;
      await said(client('create', '--name', name, 'base', 'true'));
      await said(client('cp', context, `${name}:/caps`));
      await said(client('commit', name, name));
      const { files } = await imageOf(ours, name);
      for (const file of ['ping', 'large']) assert(files[`/caps/${file}`]!.includes(NET_RAW), files[`/caps/${file}`]);
    });

    it(`get the id of the image only when there is one, by ${who}`, async () => {
      const file = join(freshFolder(`ids-${who.split(' ', 1)[0]}`), 'id');
      writeFileSync(file, 'of an earlier one');
      const failing = freshFolder('failing');
      writeFileSync(join(failing, 'Dockerfile'), 'FROM base\nCOPY missing /\n');
      assert.equal((await command(client('build', '--iidfile', file, failing))).code, 1);
      assert(!existsSync(file));
      await said(client('build', '--iidfile', file, context));
      assert.match(readFileSync(file, 'utf8'), /^sha256:[0-9a-f]{64}$/);
    });
  }

  it('are asked for before anything is built, where no id could be written', async () => {
    const folder = freshFolder('unwritable');
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    await said(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', locked]);
    try {
      for (const [file, why] of [
        [join(folder, 'missing/id'), /there is no folder .*missing$/m],
        [join(context, 'ping/id'), /there is no folder .*ping$/m],
        [folder, /it is a folder$/m],
        [join(locked, 'id'), /EROFS: read-only file system/],
      ] as const) {
        const { code, stdout, stderr } = await command(drydock('build', '--iidfile', file, context));
        assert.deepEqual([code, stdout], [1, ''], stderr);
        assert.match(stderr, /--iidfile .*: no id can be written there/);
        assert.match(stderr, why);
      }
      const { stdout } = await command(drydock('build', '-q', '--iidfile', '/dev/null', context));
      assert.match(stdout, /^sha256:/);
      assert(existsSync('/dev/null'));
    } finally {
      await said(['umount', locked]);
    }
  });
});
