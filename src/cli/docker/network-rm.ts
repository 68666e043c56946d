/** `network rm`: networks go; what Docker has built in stays. */
import { isMissing } from '../../client/failure.ts';
import { command, some } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { print, warn } from './print.ts';
import { force } from './shared-flags.ts';

export const verb = command({
  usage: 'NETWORK [NETWORK...]',
  about: 'Removes networks that no container is in.',
  words: some,
  flags: { force: force('one that is not there is no failure') },
  async run({ client, flags, words }) {
    let hasFailed = false;
    for (const name of words)
      try {
        await client.done('DELETE', `/networks/${encodeURIComponent(name)}`);
        print(`${name}\n`);
      } catch (error) {
        if (flags.force && isMissing(error)) continue;
        warn(`${sentenceOf(error)}\n`);
        hasFailed = true;
      }
    if (hasFailed) throw new CommandFailure('exit status 1');
  },
});
