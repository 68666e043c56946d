/**
 * `kill -9` of the engine at random moments, while clients create, start, exec, pause, stop, kill and remove. The next
 * engine must know all that was acknowledged and nothing else; and when its containers are removed, nothing may be left:
 * no process, mount, cgroup, link, rule, volume or file.
 *
 *     node --import tsx test/soak/engine.ts [ROUNDS [SEED]]      200, if nothing is said
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../src/client/client.ts';
import { Refusal } from '../../src/client/failure.ts';
import { Stand, type Found } from './engine-stand.ts';
import { random } from './random.ts';

const CLIENTS = 4;
/** A kill comes after so many answers at most, and then within so many milliseconds. */
const MOST_ANSWERS = 60;
const LONGEST_MS = 40;

type State = 'created' | 'running' | 'paused' | 'exited' | 'gone';

/** A container as its client knows it: what was acknowledged, and what was asked for when the engine died. */
interface Known {
  id?: string;
  readonly name: string;
  state: State;
  asked?: State;
}

type Pick = (below: number) => number;

interface Load {
  readonly all: Known[];
  /** Called for each answer. */
  answered(): void;
}

/** One client: a container's whole life, again and again, until nobody answers. */
async function live(client: Client, number: number, pick: Pick, { all, answered }: Load): Promise<never> {
  for (let turn = 0; ; turn++) {
    const known: Known = { name: `c${number}-${turn}`, state: 'gone' };
    all.push(known);
    /** Does it, and knows then that it is done. */
    const to = async <T>(state: State, body: () => Promise<T>): Promise<T> => {
      known.asked = state;
      const value = await body();
      known.state = state;
      known.asked = undefined;
      answered();
      return value;
    };
    const post = (path: string, query = {}): Promise<void> =>
      client.done('POST', `/containers/${known.id}/${path}`, { query });
    await to('created', async () => {
      const { Id } = await client.json<{ Id: string }>('POST', '/containers/create', {
        query: { name: known.name },
        body: request(pick),
      });
      known.id = Id;
    });
    await to('running', () => post('start'));
    if (pick(2)) await execInside(client, known.id!);
    if (pick(3) === 0) {
      await to('paused', () => post('pause'));
      await to('running', () => post('unpause'));
    }
    const [verb, query] = pick(2) ? (['stop', { t: 1 }] as const) : (['kill', {}] as const);
    if (pick(4)) {
      await to('exited', () => post(verb, query).then(() => post('wait')));
      if (pick(3) === 0) {
        await to('running', () => post('start'));
        await to('exited', () => post('kill').then(() => post('wait')));
      }
      if (pick(4)) await to('gone', () => client.done('DELETE', `/containers/${known.id}`, { query: { v: true } }));
    }
  }
}

/** PID 1 is drydock-init, or SIGTERM would be ignored. */
function request(pick: Pick): object {
  const isPublished = pick(2) === 1;
  return {
    Image: 'lab',
    Cmd: ['sleep', '1000000'],
    Volumes: pick(2) ? { '/data': {} } : undefined,
    ExposedPorts: { '80/tcp': {} },
    HostConfig: {
      Init: true,
      NetworkMode: pick(3) ? 'bridge' : 'none',
      PortBindings: isPublished ? { '80/tcp': [{ HostPort: '' }] } : undefined,
      Memory: pick(2) ? 64 << 20 : undefined,
    },
  };
}

async function execInside(client: Client, id: string): Promise<void> {
  const { Id } = await client.json<{ Id: string }>('POST', `/containers/${id}/exec`, { body: { Cmd: ['true'] } });
  await client.done('POST', `/exec/${Id}/start`, { body: { Detach: true } });
}

/** One engine's life and death. How many containers its clients knew. */
async function round(stand: Stand, pick: Pick, quiet: Found): Promise<number> {
  const all: Known[] = [];
  let awaited = pick(MOST_ANSWERS);
  let isTime!: () => void;
  const time = new Promise<void>((resolve) => (isTime = resolve));
  const answered = (): void => void (awaited-- || isTime());
  answered();
  const ends: Promise<unknown>[] = [];
  let failure: Refusal | undefined;
  for (let number = 0; number < CLIENTS; number++) {
    const end = live(stand.client(), number, random(1 + pick(1 << 30)), { all, answered }).catch((error: unknown) => {
      // Nobody answers any more: that is the kill. A refusal would be an answer, and a wrong one.
      if (error instanceof Refusal) failure ??= error;
      isTime();
    });
    ends.push(end);
  }
  await time;
  await sleep(pick(LONGEST_MS));
  await stand.kill();
  await Promise.all(ends);
  if (failure) throw failure;
  await stand.start();
  const client = stand.client();
  await asAcknowledged(client, all);
  const left = await client.json<{ Id: string }[]>('GET', '/containers/json', { query: { all: true } });
  await Promise.all(
    left.map(({ Id }) => client.done('DELETE', `/containers/${Id}`, { query: { force: true, v: true } })),
  );
  await nothingLeft(stand, quiet);
  return all.length;
}

/** What the engine says must be what a client knows, or what it had asked for when the old one died. */
async function asAcknowledged(client: Client, all: readonly Known[]): Promise<void> {
  const listed = await client.json<{ Id: string; Names: string[]; State: State }[]>('GET', '/containers/json', {
    query: { all: true },
  });
  const names = new Set(all.map(({ name }) => `/${name}`));
  for (const { Names } of listed) assert.ok(names.has(Names[0]!), `nobody has asked for ${Names[0]}`);
  for (const { name, state, asked } of all) {
    const found = listed.find(({ Names }) => Names[0] === `/${name}`)?.State ?? 'gone';
    assert.ok(found === state || found === asked, `${name} is ${found}; acknowledged: ${state}, asked for: ${asked}`);
  }
}

/** Waits until there is nothing more than at first; the kernel takes namespaces down in its own time. */
async function nothingLeft(stand: Stand, quiet: Found): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await sleep(20)) {
    try {
      return assert.deepEqual(stand.found(), quiet);
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`${(error as Error).message}\nthe engine: ${stand.words}`, { cause: error });
    }
  }
}

/** What the first container on a network makes stays until the engine's end: the bridge, and the chains and rules of its network. */
async function useOnce(client: Client): Promise<void> {
  const HostConfig = { NetworkMode: 'bridge', PortBindings: { '80/tcp': [{ HostPort: '' }] } };
  const body = { Image: 'lab', Cmd: ['true'], ExposedPorts: { '80/tcp': {} }, HostConfig };
  const { Id } = await client.json<{ Id: string }>('POST', '/containers/create', { body });
  await client.done('POST', `/containers/${Id}/start`);
  await client.done('DELETE', `/containers/${Id}`, { query: { force: true } });
}

/** Seeded rounds. How many containers the clients have known in them. */
export async function killedEngines(rounds: number, seed: number): Promise<number> {
  const pick = random(seed);
  const stand = await Stand.open();
  let known = 0;
  try {
    await stand.start();
    await useOnce(stand.client());
    const quiet = stand.found();
    for (let number = 1; number <= rounds; number++) {
      known += await round(stand, pick, quiet).catch((cause: unknown) => {
        throw new Error(`round ${number} of seed ${seed}: ${String(cause)}`, { cause });
      });
      if (process.stdout.isTTY) process.stdout.write(`\r${number} of ${rounds}`);
    }
    return known;
  } finally {
    await stand.close();
  }
}

async function main([rounds = '200', seed = '1']: string[]): Promise<void> {
  const known = await killedEngines(Number(rounds), Number(seed));
  console.log(
    `\n${rounds} kills from seed ${seed}, ${known} containers: the next engine knew each, and nothing was left`,
  );
}

if (require.main === module)
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
