/**
 * Two clients that race for one name: each wants to be the one who has made `web`.
 *
 * Who looks first and makes afterwards has looked too early: between the two there is always time for another. Here both
 * look before either makes, which is the order that a busy machine finds sooner or later. A name is taken by the engine
 * before anything is made (src/engine/containers.ts), so that to ask for it and to get it is one step.
 */
import type { Client } from '../../src/client/client.ts';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { withEngine } from '../../src/learn/engine.ts';

const LABEL = 'service=web';
const body = { Image: 'lab', Cmd: ['true'], HostConfig: { NetworkMode: 'none' } };

/** Whether there is one, as far as this client can see. */
async function isThere(client: Client): Promise<boolean> {
  const query = { all: true, filters: JSON.stringify({ label: [LABEL] }) };
  return (await client.json<unknown[]>('GET', '/containers/json', { query })).length > 0;
}

const make = (client: Client, query: { name?: string }, more: object = {}): Promise<{ Id: string }> =>
  client.json('POST', '/containers/create', { query, body: { ...body, ...more } });

/** Who believes that his is the only one. */
async function winners(attempts: readonly Promise<{ Id: string }>[]): Promise<{ count: number; refusal: string }> {
  const ends = await Promise.allSettled(attempts);
  const refused = ends.find((end) => end.status === 'rejected');
  const refusal = refused ? (refused.reason as Error).message.slice(0, 42) : 'nobody is refused';
  return { count: ends.filter(({ status }) => status === 'fulfilled').length, refusal };
}

const race: Attack = {
  name: 'two clients, one name',
  undefended: 'look first, then make',
  defended: 'make, and be refused',
  attempt: (_target, isDefended) =>
    withEngine(async (engine) => {
      const clients = [engine.client(), engine.client()];
      // The image is made by whoever asks first; a race for that is another story.
      await engine.create({ script: 'true' });
      if (isDefended) {
        const { count, refusal } = await winners(clients.map((client) => make(client, { name: 'web' })));
        return { succeeded: count > 1, seen: `${count} made it; the other: ${refusal}…` };
      }
      const looked = await Promise.all(clients.map(isThere));
      const free = clients.filter((_, index) => !looked[index]);
      const { count } = await winners(free.map((client) => make(client, {}, { Labels: { service: 'web' } })));
      return { succeeded: count > 1, seen: `${free.length} saw none, ${count} made one` };
    }),
};

export const attacks: readonly Attack[] = [race];

export const breakIt = breaking(attacks, {
  lesson: 'engine',
  seconds: 6,
  question: 'Two scripts start `web` at the same moment: how many are there?',
  turn: ['./drydock read engine', 'why looking is not taking'],
});
