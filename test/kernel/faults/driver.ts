/**
 * A parent that can be killed: does one verb in a process of its own, says each point that it reaches, and waits there
 * until it is told to go on.
 */
import { create, start, type CreateOptions } from '../../../src/runtime/container.ts';
import { O_RDONLY } from '../../../src/linux/constants.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import type { Phase } from '../../../src/runtime/words.ts';
import { withPoints } from './points.ts';

export interface Order {
  verb: 'create' | 'start';
  options: CreateOptions;
  /** Kills itself at this moment, for which there is no point. */
  dieAt?: 'reserved' | 'unsaved';
  /** Its child gets stuck in this phase, in a step that does not come back and cannot listen meanwhile. */
  stuckIn?: { phase: Phase; fifo: string };
}

const killSelf = (): never => process.kill(process.pid, 'SIGKILL') as never;

function say(label: string, pid?: number): Promise<void> {
  process.send!({ label, pid });
  return new Promise((resolve) => process.once('message', () => resolve()));
}

async function obey({ verb, options, dieAt, stuckIn }: Order): Promise<void> {
  if (verb === 'start') {
    const started = start(options.run, options.id);
    started.catch(() => undefined); // told below
    await say('knocked');
    const label = await started.then(
      () => 'started',
      ({ code }: { code: string }) => code,
    );
    return void (await say(label));
  }
  const reserved = { name: 'reserved', summary: '', claim: killSelf };
  if (dieAt === 'reserved') options.isolators = [...isolators, reserved];
  if (dieAt === 'unsaved') options.spec.annotations = { toJSON: killSelf } as never;
  if (stuckIn) {
    const { phase, fifo } = stuckIn;
    const stuck: Isolator = { name: 'stuck', summary: '', phase, steps: (plan) => void plan.open(fifo, O_RDONLY) };
    options.isolators = [...isolators, stuck];
    return void (await create(options));
  }
  const box = await create(dieAt ? options : withPoints(options, say));
  await say('done', box.pid);
}

process.once('message', (order: Order) => void obey(order).then(() => process.exit(0)));
