import assert from 'node:assert/strict';
import { outliving } from '../../../../src/cli/docker/foreground.ts';
import { DrydockError } from '../../../../src/errors.ts';

describe('a container in the foreground', () => {
  const id = '0123456789abcdef';
  const throws = (error: Error) => (): Promise<never> => Promise.reject(error);

  it('runs on when its engine has gone, and the client says how to come back', () =>
    assert.rejects(outliving(id, throws(new DrydockError('ENGINE', 'the engine has gone away', { hint: 'x' }))), {
      code: 'ENGINE',
      message: 'the engine has gone away',
      hint: /runs on: `drydock attach 0123456789ab` leads back/,
    }));

  it('has other failures as they are', async () => {
    const other = new DrydockError('REFUSED', 'no', { hint: 'x' });
    await assert.rejects(outliving(id, throws(other)), other);
    assert.equal(await outliving(id, () => Promise.resolve(7)), 7);
  });
});
