/** `build`, through an engine that it starts: what is said of a failure, and what a person sees on a terminal. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drydock, freshFolder, leavesNothing, ownEngine } from './support.ts';

function contextWith(dockerfile: string): string {
  const folder = freshFolder('context');
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  return folder;
}

describe('build', function () {
  this.timeout(120_000);
  leavesNothing();
  const env = ownEngine();

  it('says the nearest instruction to one that does not exist, also where there is no terminal', async () => {
    const { code, stdout, stderr } = await drydock(['build', contextWith('FORM lab\n')], { env });
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^did you mean 'FROM'\?\nError response from daemon: .*Dockerfile:1:1: .*FORM/);
  });
});
