/** Starting a container costs the same, however large the Node is that starts it (fork(2) would copy its page tables). */
import assert from 'node:assert/strict';
import { create, start } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { features } from '../../../src/linux/features.ts';
import { Ballast } from '../ballast.ts';
import { boxed, leavesNothing, run, specOf } from '../support.ts';

/** Every namespace that this kernel has. */
const everyNamespace = () =>
  specOf({ args: ['true'] }, ({ linux }) => {
    if (features().timeNamespace) linux!.namespaces!.push({ type: 'time' });
    if (!features().userNamespace) return;
    linux!.namespaces!.push({ type: 'user' });
    linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  });

describe('a start with every namespace', () => {
  leavesNothing();

  it('copies no page table of the Node that it starts from', async () => {
    const options = boxed({ spec: everyNamespace() });
    const ballast = new Ballast();
    const faults = await ballast.faultsAfter(async () => {
      const box = await create(options);
      await start(run, options.id);
      assert.equal(await box.wait(), 0);
    });
    await remove(run, options.id);
    assert(faults < ballast.pages / 4, `${faults} faults in ${ballast.pages} pages`);
  });
});
