/**
 * `cp`: files between a container and this machine. Both ends read paths as cp(1) does, with two signs of Docker's:
 *
 *     web:/etc/hosts .          out of the container          ./site/. web:/srv     what is in ./site, without its name
 *     web:/etc -                as an archive, to our output  - web:/srv            an archive, from our input
 *
 * A word with a colon names a container, unless it begins with a slash or a dot.
 */
import { command } from './command.ts';
import { copyIn, sendArchive } from './copy-in.ts';
import { copyOut, showArchive } from './copy-out.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { isTerminal } from '../terminal.ts';
import { warn } from './print.ts';
import { humanSize } from '../format/units.ts';
import { quiet } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n[OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  about:
    'Copies files out of a container, or into it. It need not run. With - the files are an archive on our input or output.',
  words: [2, 2],
  flags: {
    archive: toggle('into a container: the files become its user’s', { short: 'a' }),
    'follow-link': toggle('of a symbolic link, the file that it leads to', { short: 'L' }),
    quiet: quiet('not how much it was'),
  },
  async run({ client, flags, words: [source = '', destination = ''] }) {
    if (source === '') throw new CommandFailure('source can not be empty');
    if (destination === '') throw new CommandFailure('destination can not be empty');
    const [from, to] = [placeOf(source), placeOf(destination)];
    if (from.container !== undefined && to.container !== undefined)
      throw new CommandFailure('copying between containers is not supported');
    const wishes = { client, followsLink: flags['follow-link'], takesUser: flags.archive };
    let size: number;
    if (from.container !== undefined) {
      if (to.path === '-') return showArchive(wishes, from.container, from.path);
      size = await copyOut(wishes, from.container, from.path, to.path);
    } else if (to.container !== undefined) {
      if (from.path === '-') return sendArchive(wishes, to.container, to.path);
      size = await copyIn(wishes, from.path, to.container, to.path);
    } else throw new CommandFailure('must specify at least one container source');
    if (!flags.quiet && isTerminal(2)) warn(`Successfully copied ${humanSize(size)} to ${destination}\n`);
  },
});

function placeOf(word: string): { container?: string; path: string } {
  const colon = word.indexOf(':');
  if (colon <= 0 || /^[./]/.test(word)) return { path: word };
  return { container: word.slice(0, colon), path: word.slice(colon + 1) };
}
