/** `logs`: what a container has written, and with --follow what it goes on to write. */
import type { ContainerDetails } from '../../client/types.ts';
import { command, one } from './command.ts';
import { CommandFailure } from './failure.ts';
import { text, toggle } from './flags.ts';
import { print } from './print.ts';
import { showFrames } from './relay.ts';
import { moment } from '../../moment.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER',
  about: 'Prints what a container has written.',
  words: one,
  onlyPrints: true,
  flags: {
    details: toggle('also what the log driver was told to add'),
    follow: toggle('go on as it writes', { short: 'f' }),
    since: text('from then on: 2015-03-02T10:00:00, or 10m for ten minutes ago'),
    tail: text('so many lines from the end', { short: 'n', fallback: 'all' }),
    timestamps: toggle('when each line was written', { short: 't' }),
    until: text('until then'),
  },
  async run({ client, flags, words: [name = ''] }) {
    const { Id, Config } = await client.json<ContainerDetails>('GET', `/containers/${encodeURIComponent(name)}/json`);
    const query = {
      ...{ stdout: true, stderr: true, follow: flags.follow, timestamps: flags.timestamps, details: flags.details },
      since: momentOf('since', flags.since),
      until: momentOf('until', flags.until),
      tail: flags.tail,
    };
    const stream = await client.stream('GET', `/containers/${Id}/logs`, { query });
    if (!Config.Tty) return showFrames(stream);
    for await (const bytes of stream) print(bytes as Buffer);
  },
});

function momentOf(name: string, typed: string): string | undefined {
  if (typed === '') return undefined;
  try {
    return moment(typed);
  } catch (error) {
    throw new CommandFailure(`invalid value for "${name}": ${(error as Error).message}`, 1, error);
  }
}
