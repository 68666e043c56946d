/**
 * Many containers: how long it takes to list those that were created, and whether those that run outlive `kill -9` of their
 * engine, all of them. Nothing may be left at the end.
 *
 *     node --import tsx test/soak/crowd.ts [CREATED [RUNNING]]      1000 and 500, if nothing is said
 */
import assert from 'node:assert/strict';
import type { Client } from '../../src/client/client.ts';
import { until } from '../kernel/support.ts';
import { Stand } from './engine-stand.ts';

const [created = 1000, running = 500] = process.argv.slice(2).map(Number);
/** At the same time; more would measure the machine. */
const AT_ONCE = 8;

interface Listed {
  readonly Id: string;
  readonly State: string;
}

const list = (client: Client): Promise<Listed[]> => client.json('GET', '/containers/json', { query: { all: true } });

async function many<T>(
  items: readonly T[],
  body: (item: T, client: Client) => Promise<unknown>,
  stand: Stand,
): Promise<void> {
  const left = [...items];
  const work = async (): Promise<void> => {
    const client = stand.client();
    for (let item = left.pop(); item !== undefined; item = left.pop()) await body(item, client);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function took(body: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await body();
  return Math.round(performance.now() - from);
}

async function main(): Promise<void> {
  const stand = await Stand.open();
  try {
    await stand.start();
    const request = { Image: 'lab', Cmd: ['sleep', '1000000'], HostConfig: { NetworkMode: 'none', Init: true } };
    const make = (_: number, client: Client): Promise<unknown> =>
      client.json('POST', '/containers/create', { body: request });
    const making = await took(() =>
      many(
        Array.from({ length: created }, (_, i) => i),
        make,
        stand,
      ),
    );
    const all = await list(stand.client());
    assert.equal(all.length, created);
    const client = stand.client();
    const listing = Array<number>();
    for (let turn = 0; turn < 5; turn++) listing.push(await took(() => list(client)));
    const middle = listing.sort((a, b) => a - b)[2]!;
    console.log(`${created} created in ${making} ms, listed in ${middle} ms (${listing.join(', ')})`);
    assert(middle < 200, `${created} containers are listed in 200 ms`);

    const ids = all.slice(0, running).map(({ Id }) => Id);
    const starting = await took(() => many(ids, (id, one) => one.done('POST', `/containers/${id}/start`), stand));
    await stand.kill();
    const restart = await took(() => stand.start());
    const after = await list(stand.client());
    assert.equal(after.length, created);
    assert.equal(after.filter(({ State }) => State === 'running').length, running);
    console.log(
      `${running} started in ${starting} ms; all of them run after kill -9, with an engine after ${restart} ms`,
    );
    const force = { query: { force: true, v: true } };
    await many(after, ({ Id }, one) => one.done('DELETE', `/containers/${Id}`, force), stand);
    assert.deepEqual(await list(stand.client()), []);
    await until('nothing is left', () => {
      const { containers, states, processes, cgroups } = stand.found();
      return [containers, states, processes, cgroups].every(({ length }) => length === 0);
    });
  } finally {
    await stand.close();
  }
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
