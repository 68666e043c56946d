/**
 * The learner's part of `try --mine`: their functions are compiled into the runtime, and for as long as one of them may
 * be called a watchdog listens. A loop without an end blocks the thread that Ctrl-C would be answered by.
 */
import { runtimeOfMine } from '../../learn/mine.ts';
import type { Runtime } from '../../learn/rebuilt.ts';
import { watchdog } from '../../learn/watchdog.ts';
import { whose } from '../../learn/whose.ts';
import { workspace } from '../../learn/workspace.ts';
import { labelled, narrowLook } from '../output.ts';

/** How long compiling may block: TypeScript thinks for seconds without a breath, on a busy machine for many. */
const COMPILING_SECONDS = 60;

/** Does something with the runtime that has the learner's functions in it. Throws BUILD_FAILED, SLOT_INVALID, WORKSPACE. */
export async function withMine(body: (runtime: Runtime) => Promise<void>): Promise<void> {
  const guard = watchdog();
  try {
    guard.doing('compiling your functions', COMPILING_SECONDS);
    const runtime = await runtimeOfMine();
    guard.doing('the container, from its plan to its end', undefined, true);
    await body(runtime);
  } finally {
    await guard.stop();
  }
}

/** Says on standard error whose functions a container with these isolators is made of. */
export async function tellWhose(isolators: readonly { readonly name: string }[]): Promise<void> {
  const names = isolators.map(({ name }) => name);
  const { columns } = narrowLook(process.stderr);
  const text = await whose(workspace(), names);
  process.stderr.write(`${labelled('drydock:', text, { indent: 0, label: 9, columns })}\n`);
}
