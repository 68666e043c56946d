import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAccount } from '../../../../src/cli/local/user.ts';

describe('a user', () => {
  const root = mkdtempSync(join(tmpdir(), 'drydock-user-'));
  before(() => {
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:50::/home/ann:/bin/sh\n');
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\nstaff:x:50:\n');
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
    it(`given as ${text} is ${uid}:${gid}`, () => assert.deepEqual(findAccount(text, root), { uid, gid, home }));

  for (const text of ['bob', 'ann:crew', '-1', '1x', '2147483648', '4294967296', '99999999999', '1:4294967296', ''])
    it(`is not '${text}'`, () => assert.throws(() => findAccount(text, root), { code: 'BAD_USAGE' }));
});
