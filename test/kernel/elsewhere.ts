/** The other process of `elsewhere()`: one verb on a container that somebody else has created. */
import { remove, start, state } from '../../src/runtime/container.ts';

const [verb, run, id] = process.argv.slice(2) as [string, string, string];
const verbs: Record<string, () => unknown> = {
  start: () => start(run, id),
  state: () => state(run, id),
  remove: () => remove(run, id, { force: true }),
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
