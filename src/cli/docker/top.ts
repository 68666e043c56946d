/** `top`: the processes of a container, as ps(1) sees them from outside. */
import { command, some } from './command.ts';
import { aligned } from '../format/listing.ts';
import { print } from './print.ts';

interface Processes {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[] | null;
}

export const verb = command({
  usage: 'CONTAINER [ps OPTIONS]',
  about: 'Shows the processes of a container. Options of ps(1) say what about them.',
  words: some,
  stopsAtWord: true,
  flags: {},
  async run({ client, words: [name = '', ...options] }) {
    const query = { ps_args: options.join(' ') };
    const path = `/containers/${encodeURIComponent(name)}/top`;
    const { Titles, Processes } = await client.json<Processes>('GET', path, { query });
    print(aligned([Titles, ...(Processes ?? [])], 20));
  },
});
