import assert from 'node:assert/strict';
import { typedIn } from '../../../src/learn/author/console.ts';
import { Session } from '../../../src/learn/author/session.ts';
import { source } from '../support.ts';

const STATE = 'hostname; ipcs -q; mkdir -p here && mount -t mqueue none here && ls here; umount here';

describe('the chapter of lesson names', () => {
  it('leaves the machine of its reader the name that it had, and no queue', async () => {
    const [plain = ''] = source('book/03-names.md').split('## The file');
    const session = await Session.open();
    try {
      const before = await session.type(STATE);
      for (const { command } of typedIn(plain)) await session.type(command);
      assert.equal(await session.type(STATE), before);
    } finally {
      await session.close();
    }
  });
});
