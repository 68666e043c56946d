/**
 * A Node of a wanted size that creates containers when told to. `MEGABYTES` is how much it fills; each message is
 * answered with the milliseconds from create to the end of the container.
 */
import { create, start } from '../../../../src/runtime/container.ts';
import { remove } from '../../../../src/runtime/remove.ts';
import { features } from '../../../../src/linux/features.ts';
import { boxed, run, specOf } from '../../support.ts';

// Written to, page by page: memory that is only reserved costs no page table.
const ballast = Array.from({ length: Number(process.env.MEGABYTES) }, () => Buffer.alloc(1 << 20, 1));

/** Every namespace that this kernel has. */
const spec = specOf({ args: ['true'] }, ({ linux }) => {
  if (features().timeNamespace) linux!.namespaces!.push({ type: 'time' });
  if (!features().userNamespace) return;
  linux!.namespaces!.push({ type: 'user' });
  linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
});

async function once(): Promise<{ milliseconds: number; rss: number; ballast: number }> {
  const options = boxed({ spec });
  const before = performance.now();
  const box = await create(options);
  await start(run, options.id);
  await box.wait();
  const milliseconds = performance.now() - before;
  await remove(run, options.id);
  return { milliseconds, rss: process.memoryUsage.rss(), ballast: ballast.length };
}

process.on('message', () => void once().then((answer) => process.send!(answer)));
process.on('disconnect', () => process.exit());
