/** `stats`: what containers use, once or again and again. */
import type { Client } from '../../client/client.ts';
import type { ContainerSummary } from '../../client/types.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { command } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { print } from './print.ts';
import { format, noTrunc } from './shared-flags.ts';
import { latest, statsRow, unknownRow, type Following, type Sample } from './stats-row.ts';

export const verb = command({
  usage: '[OPTIONS] [CONTAINER...]',
  about: 'Shows what containers use: those that are named, or all that run.',
  words: [0, Infinity],
  onlyPrints: true,
  flags: {
    all: toggle('also those that do not run', { short: 'a' }),
    format,
    'no-stream': toggle('once, and no more'),
    'no-trunc': noTrunc,
  },
  async run({ client, flags, words }) {
    const isWhole = flags['no-trunc'];
    const named = async (): Promise<readonly string[]> => (words.length > 0 ? words : running(client, flags.all));
    if (flags['no-stream']) return print(await once(client, await named(), flags.format, isWhole));
    await followed(client, named, flags.format, isWhole);
  },
});

const list: Listing = {
  type: 'container.statsContext',
  headings: {
    Container: 'CONTAINER',
    ID: 'CONTAINER ID',
    Name: 'NAME',
    CPUPerc: 'CPU %',
    MemUsage: 'MEM USAGE / LIMIT',
    MemPerc: 'MEM %',
    NetIO: 'NET I/O',
    BlockIO: 'BLOCK I/O',
    PIDs: 'PIDS',
  },
  columns: ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'],
};

async function running(client: Client, all: boolean): Promise<string[]> {
  const containers = await client.json<ContainerSummary[]>('GET', '/containers/json', { query: { all } });
  return containers.map(({ Id }) => Id.slice(0, 12));
}

async function once(client: Client, names: readonly string[], format: string, isWhole: boolean): Promise<string> {
  client.isAlone = false; // All are asked at once: an answer takes a second.
  const answers = await Promise.allSettled(
    names.map((name) =>
      client.json<Sample>('GET', `/containers/${encodeURIComponent(name)}/stats`, { query: { stream: '0' } }),
    ),
  );
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [sentenceOf(answer.reason)] : []));
  if (failures.length > 0) throw new CommandFailure(failures.join('\n'));
  const rows = answers.flatMap((answer, i) =>
    answer.status === 'fulfilled' ? [statsRow(names[i]!, answer.value, isWhole)] : [],
  );
  return listing(rows, list, { format });
}

/** Twice a second, as the samples come in; containers that come and go do so here, too. */
const PAUSE_MS = 500;
const UP_AND_CLEAR = '\x1b[H\x1b[J';

async function followed(
  client: Client,
  named: () => Promise<readonly string[]>,
  format: string,
  isWhole: boolean,
): Promise<void> {
  const followers = new Map<string, Following>();
  for (;;) {
    const names = await named();
    for (const name of names) if (!followers.has(name)) followers.set(name, latest(client, name));
    for (const [name, follower] of followers)
      if (!names.includes(name)) {
        follower.end();
        followers.delete(name);
      }
    const rows = names.map((name): Row => {
      const follower = followers.get(name)!;
      const lost = follower.lost();
      if (lost) throw lost;
      const sample = follower.sample();
      return sample ? statsRow(name, sample, isWhole) : unknownRow(name);
    });
    print((process.stdout.isTTY ? UP_AND_CLEAR : '') + listing(rows, list, { format }));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
