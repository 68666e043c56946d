/**
 * The disk of a guest under faults, with its real qemu and kernel: what CI runs of `npm run test:guest`, because it takes a
 * minute without KVM once the image is built.
 */
import assert from 'node:assert/strict';
import { eventually } from '../cli/support.ts';
import { aGuest, HOUR } from './support.ts';

describe('a guest', function () {
  this.timeout(HOUR);
  const { vm, inside, pid, up } = aGuest();

  it('with a full disk says which call has failed and why, and works when there is room again', async () => {
    // Space is taken, nothing is written: the file of the disk stays small. Root has the last blocks, too.
    const fill =
      'n=0; for size in 1G 100M 1M 4K; do while fallocate -l $size /full.$((n += 1)); do :; done; done; true';
    await inside(`{ ${fill}; } 2>/dev/null`);
    const { code, stderr } = await vm(['run', './drydock', 'try', 'true']);
    assert.equal(code, 125, stderr);
    assert.match(stderr, /ENOSPC|[Nn]o space left on device/);
    await inside('rm /full.*');
    assert.equal(await inside('./drydock try echo works'), 'works\n');
  });

  it('whose qemu is killed in the middle of a write has all that was safe before, and works', async () => {
    let told = '';
    const write = 'dd if=/dev/urandom of=/kept.$n bs=64k count=4 conv=fsync status=none && sha1sum /kept.$n';
    const ended = vm(['run', `n=0; while n=$((n + 1)); do ${write}; done`], { said: (text) => (told = text) });
    await eventually(
      () => told.split('\n').length > 5,
      () => `it has written ${told}`,
      HOUR,
    );
    process.kill(pid(), 'SIGKILL');
    assert.notEqual((await ended).code, 0);
    await up();
    const found = await inside('sha1sum /kept.*');
    for (const line of told.split('\n').slice(0, -1)) assert(found.includes(`${line}\n`), `${line}\n\n${found}`);
    assert.match(await inside('dmesg'), /recovery complete/);
    assert.equal(await inside('./drydock try echo works'), 'works\n');
  });
});
