import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAccount } from '../../../src/runtime/account.ts';

describe('a user', () => {
  const root = mkdtempSync(join(tmpdir(), 'drydock-user-'));
  before(() => {
    mkdirSync(join(root, 'etc'));
    writeFileSync(
      join(root, 'etc/passwd'),
      ['root:x:0:0:root:/root:/bin/sh', 'broken:x::0::/:', 'ann:x:1000:50::/home/ann:/bin/sh', ''].join('\n'),
    );
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\nstaff:x:50:ann\nsail:x:60:bob,ann\nrow:x:61:bob\n');
  });
  after(() => rmSync(root, { recursive: true }));

  const accounts: [text: string | undefined, uid: number, gid: number, home: string][] = [
    [undefined, 0, 0, '/root'],
    ['ann', 1000, 50, '/home/ann'],
    ['1000', 1000, 50, '/home/ann'],
    ['7', 7, 0, '/'],
    ['7:8', 7, 8, '/'],
    ['ann:root', 1000, 0, '/home/ann'],
    ['0:staff', 0, 50, '/root'],
    ['2147483647', 2147483647, 0, '/'],
  ];
  for (const [text, uid, gid, home] of accounts)
    it(`given as ${text} is ${uid}:${gid}`, () => {
      const { additionalGids: _, ...account } = findAccount(text, root);
      assert.deepEqual(account, { uid, gid, home });
    });

  for (const text of [
    'bob',
    'broken',
    'ann:crew',
    '-1',
    '1x',
    '2147483648',
    '4294967296',
    '99999999999',
    '1:4294967296',
    '',
  ])
    it(`is not '${text}'`, () => assert.throws(() => findAccount(text, root), { code: 'BAD_USAGE' }));

  it('is in the groups that list it, unless one was asked for', () => {
    assert.deepEqual(findAccount('ann', root).additionalGids, [60]);
    assert.deepEqual(findAccount('1000', root).additionalGids, [60]);
    assert.deepEqual(findAccount('ann:row', root).additionalGids, []);
  });

  describe('of a tree that is not trusted', () => {
    const tree = join(root, 'tree');
    const passwd = join(tree, 'etc/passwd');
    beforeEach(() => mkdirSync(join(tree, 'etc'), { recursive: true }));
    afterEach(() => rmSync(tree, { recursive: true }));

    it('is looked up inside it, also through a link that means something else outside', () => {
      symlinkSync('/users', passwd);
      writeFileSync(join(tree, 'users'), 'sailor:x:7:8::/boat:\n');
      assert.equal(findAccount('sailor', tree).uid, 7);
    });

    it('is a number only where there are no files', () => {
      assert.equal(findAccount('7', tree).uid, 7);
      assert.throws(() => findAccount('root', tree), {
        code: 'BAD_USAGE',
        message: /unable to find user root: no matching entries in passwd file/,
      });
    });

    it('is not waited for behind a fifo', () => {
      execFileSync('mkfifo', [passwd]);
      assert.throws(() => findAccount('root', tree), { code: 'BAD_USAGE', message: /\/etc\/passwd/ });
    });
  });
});
