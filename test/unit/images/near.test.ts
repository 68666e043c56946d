/** What is said of an image that could not be fetched. */
import assert from 'node:assert/strict';
import { DrydockError, type ErrorCode } from '../../../src/errors.ts';
import type { Data } from '../../../src/images/db.ts';
import { withNearImage } from '../../../src/images/near.ts';

describe('the hint of an image that cannot be had', () => {
  const names = [
    'docker.io/library/web:2',
    'docker.io/team/app:a',
    'docker.io/team/app:b',
    'localhost:5000/tool:latest',
  ];
  const data = { tags: Object.fromEntries(names.map((name) => [name, 'sha256:a'])) } as unknown as Data;
  const hintOf = (name: string, code: ErrorCode = 'REGISTRY', hint?: string): string | undefined =>
    (withNearImage(new DrydockError(code, 'no', { hint }), data, name) as DrydockError).hint;

  it('is another tag of it that is here', () => {
    assert.equal(hintOf('web:3'), "there is a local image 'web:2'");
    assert.equal(hintOf('docker.io/library/web'), "there is a local image 'web:2'");
    assert.equal(hintOf('team/app', 'IMAGE_MISSING'), "there are local images 'team/app:a', 'team/app:b'");
  });

  it('is an image whose name is like it', () => {
    assert.equal(hintOf('webb:2'), "there is a local image 'web:2'");
    assert.equal(hintOf('localhost:5000/tol', 'UNAUTHORIZED'), "there is a local image 'localhost:5000/tool:latest'");
  });

  it('stands before what the registry has said', () => {
    assert.equal(hintOf('web:3', 'REGISTRY', 'is it up?'), "there is a local image 'web:2'; is it up?");
  });

  it('is none where nothing is like it, where it is here itself, and where something else went wrong', () => {
    assert.equal(hintOf('elephant'), undefined);
    assert.equal(hintOf('web:2'), undefined);
    assert.equal(hintOf('a1'.repeat(32), 'IMAGE_MISSING'), undefined);
    assert.equal(hintOf('web:3', 'DIGEST_MISMATCH'), undefined);
  });

  it('leaves the error what it is', () => {
    const error = Object.assign(new DrydockError('REGISTRY', 'no'), { status: 404 });
    assert.equal(withNearImage(error, data, 'web:3'), error);
  });
});
