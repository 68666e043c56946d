/** `rmi`: names go, and with the last one the image. */
import type { Removed } from '../../client/types.ts';
import { command, some } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { list, toggle } from './flags.ts';
import { print } from './print.ts';
import { force } from './shared-flags.ts';
import { isMissing } from '../../client/failure.ts';

export const verb = command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  about: 'Removes names of images, and images that have none left.',
  words: some,
  flags: {
    force: force('all names of an id; also beneath a container that does not run'),
    'no-prune': toggle('keep the nameless ones that it was made of'),
    platform: list('taken for the sake of scripts', { kind: 'strings', isHidden: true }),
  },
  // One after the other: two names of one image are not removed by the one request while the other looks.
  examples: [['rmi lab:mine', 'one name less']],
  async run({ client, flags, words }) {
    const failures: string[] = [];
    let isGrave = false;
    for (const name of words) {
      try {
        const query = { force: flags.force, noprune: flags['no-prune'] };
        const path = `/images/${encodeURIComponent(name)}`;
        for (const one of await client.json<Removed[]>('DELETE', path, { query })) print(`${removedText(one)}\n`);
      } catch (error) {
        isGrave ||= !isMissing(error);
        failures.push(sentenceOf(error));
      }
    }
    if (failures.length === 0) return;
    const isFine = flags.force && !isGrave;
    throw new CommandFailure(failures.join('\n'), isFine ? 0 : 1);
  },
});

/** `Untagged: lab:2`, `Deleted: sha256:…`. */
export const removedText = ({ Untagged, Deleted }: Removed): string =>
  Deleted ? `Deleted: ${Deleted}` : `Untagged: ${Untagged}`;
