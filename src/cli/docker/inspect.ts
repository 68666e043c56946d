/** `inspect`: whatever has this name: a container, an image, a network, a volume. The first one that is there. */
import type { Client } from '../../client/client.ts';
import { isMissing } from '../../client/failure.ts';
import { command, some } from './command.ts';
import { CommandFailure } from './failure.ts';
import { text, toggle } from './flags.ts';
import { inspectAll } from './inspecting.ts';
import { templateOf } from './shared-flags.ts';

export const sizes = toggle('for containers, how much they have written', { short: 's' });

/** In the order in which Docker looks. */
const places: Readonly<Record<string, (name: string) => string>> = {
  container: (name) => `/containers/${name}/json`,
  image: (name) => `/images/${name}/json`,
  network: (name) => `/networks/${name}`,
  volume: (name) => `/volumes/${name}`,
};

export const verb = command({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  about: 'Shows everything about containers, images, networks and volumes.',
  words: some,
  flags: { format: templateOf, size: sizes, type: text('container, image, network or volume') },
  examples: [
    ['inspect lab', 'as JSON'],
    ["inspect -f '{{.Id}}' lab", 'one thing of it'],
  ],
  run({ client, flags, given, words }) {
    if (given.has('type') && flags.type === '')
      throw new CommandFailure('type is empty: must be one of "container", "image", "network", "volume"');
    if (flags.type !== '' && !Object.hasOwn(places, flags.type))
      throw new CommandFailure(
        `unknown type: ${JSON.stringify(flags.type)}: must be one of "container", "image", "network", "volume"`,
      );
    return inspectAll(words, flags.format, (name) => ask(client, name, flags.type, flags.size));
  },
});

async function ask(client: Client, name: string, type: string, size: boolean): Promise<string> {
  if (type !== '') return request(client, type, name, size);
  for (const kind of Object.keys(places))
    try {
      return await request(client, kind, name, size);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  throw new CommandFailure(`Error: No such object: ${name}`);
}

function request(client: Client, type: string, name: string, size: boolean): Promise<string> {
  const query = { size: type === 'container' && size };
  return client.text('GET', places[type]!(encodeURIComponent(name)), { query });
}
