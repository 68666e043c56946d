/** `start`: containers that have stopped run again; with --attach one of them comes to the foreground. */
import { command, some } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import { text, toggle } from './flags.ts';
import { print, warn } from './print.ts';
import { detachKeys } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Starts containers that have stopped.',
  words: some,
  flags: {
    attach: toggle('see its output, and pass signals on to it', { short: 'a' }),
    'detach-keys': detachKeys,
    interactive: toggle('pass our input on to it', { short: 'i' }),
    checkpoint: text('there are no checkpoints', { isHidden: true }),
    'checkpoint-dir': text('there are no checkpoints', { isHidden: true }),
  },
  async run(call) {
    const { client, flags, words } = call;
    if (flags.checkpoint || flags['checkpoint-dir'])
      throw new CommandFailure(`start --checkpoint: containers cannot be started from a checkpoint`);
    if (flags.attach || flags.interactive) {
      if (words.length > 1) throw new CommandFailure('you cannot start and attach multiple containers at once');
      return (await import('./start-attached.ts')).startAttached(call, words[0]!);
    }
    const failed: string[] = [];
    for (const name of words) {
      try {
        await client.done('POST', `/containers/${encodeURIComponent(name)}/start`);
        print(`${name}\n`);
      } catch (error) {
        warn(`${sentenceOf(error)}\n`);
        failed.push(name);
      }
    }
    if (failed.length > 0) throw new CommandFailure(`Error: failed to start containers: ${failed.join(', ')}`);
  },
});
