/** `volume create`: a place for files that outlives its containers. */
import type { Volume } from '../../client/types.ts';
import { command } from './command.ts';
import { labels } from './env-file.ts';
import { CommandFailure } from './failure.ts';
import { list, pairs, text } from './flags.ts';
import { print } from './print.ts';

export const verb = command({
  usage: '[OPTIONS] [VOLUME]',
  about: 'Makes a volume. Without a name it gets one.',
  words: [0, 1],
  flags: {
    driver: text('who keeps it', { short: 'd', fallback: 'local' }),
    label: list('NAME=VALUE, for whoever looks for it'),
    name: text('its name, as the word', { isHidden: true }),
    opt: pairs('NAME=VALUE for the driver', { short: 'o' }),
  },
  async run({ client, flags, words: [name] }) {
    if (name !== undefined && flags.name)
      throw new CommandFailure(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      );
    const body = {
      Name: name ?? flags.name,
      Driver: flags.driver,
      DriverOpts: Object.keys(flags.opt).length > 0 ? flags.opt : undefined,
      Labels: flags.label.length > 0 ? labels([], flags.label) : undefined,
    };
    const { Name } = await client.json<Volume>('POST', '/volumes/create', { body });
    print(`${Name}\n`);
  },
});
