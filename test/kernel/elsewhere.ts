/** The other process of `elsewhere()`: one verb, most of them on a container that somebody else has created. */
import { create, start, state } from '../../src/runtime/container.ts';
import { remove } from '../../src/runtime/remove.ts';
import { boxed, output, runBox, specOf } from './support.ts';

const [verb, ...args] = process.argv.slice(2) as [string, ...string[]];
const [run, id] = args as [string, string];
const verbs: Record<string, () => unknown> = {
  start: () => start(run, id),
  state: () => state(run, id),
  remove: () => remove(run, id, { force: true }),
  // It outlives us, and our standard output must end with us.
  create: () =>
    create(boxed({ spec: specOf({ args: ['sleep', '1000'] }), run, id, bundle: args[2]!, stdio: output().stdio })),
  // Runs a line of shell, with as many descriptors as `preserved` says.
  shell: () => runBox({ spec: specOf({ args: ['sh', '-c', args[0]!] }), preserveFds: Number(args[1] ?? 0) }),
};

async function main(): Promise<object> {
  try {
    return { ok: (await verbs[verb]!()) ?? null };
  } catch (error) {
    const { message } = error as Error;
    return { error: { message, ...(error as object) } };
  }
}

void main().then((answer) => console.log(JSON.stringify(answer)));
