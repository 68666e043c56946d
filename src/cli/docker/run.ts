/**
 * `run`: makes a container, and runs a command in it: in the foreground with our streams, or in the background.
 *
 *     create ─▶ attach ─▶ wait ─▶ start ─▶ (resize) ─▶ output ends ─▶ exit code
 *
 * Attach and wait come before start, so that a program that ends at once loses neither its output nor its exit code.
 */
import type { Client } from '../../client/client.ts';
import { command, some } from './command.ts';
import { containerFlags, type ContainerValues } from './container-flags.ts';
import { requestOf, type CreateRequest } from './container-request.ts';
import { createContainer } from './create-container.ts';
import { CommandFailure, withHelp } from './failure.ts';
import { toggle } from './flags.ts';
import { runAttached } from './foreground.ts';
import { isTerminal } from '../terminal.ts';
import { print } from './print.ts';
import { detachKeys } from './shared-flags.ts';
import { consoleSize } from './signals.ts';

const flags = {
  ...containerFlags,
  detach: toggle('in the background: prints its id', { short: 'd' }),
  'detach-keys': detachKeys,
  'sig-proxy': toggle('signals are passed on', { fallback: true }),
};
type RunValues = ContainerValues & { detach: boolean; 'detach-keys': string; 'sig-proxy': boolean };

export const verb = command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Makes a container of an image, and runs a command in it.',
  words: some,
  stopsAtWord: true,
  flags,
  examples: [
    ['run --rm lab hostname', 'one command'],
    ['run --rm -it lab', 'its shell'],
  ],
  async run({ client, flags, given, words, path }) {
    const request = requestAsked(words, flags, given);
    try {
      const id = await createContainer(client, request, flags);
      if (flags.detach) return await inBackground(client, id);
      return await runAttached(client, id, {
        request,
        detachKeys: flags['detach-keys'],
        signals: flags['sig-proxy'] && !request.Tty,
        condition: flags.rm ? 'removed' : 'next-exit',
      });
    } catch (error) {
      throw withHelp(error, path, exitCodeOf);
    }
  },
});

function requestAsked(words: readonly string[], flags: RunValues, given: ReadonlySet<string>): CreateRequest {
  let request: CreateRequest;
  try {
    request = requestOf(words, flags, given);
  } catch (error) {
    throw withHelp(error, 'drydock run', () => 125);
  }
  if (flags.detach) {
    if (flags.attach.length > 0)
      throw new CommandFailure('conflicting options: cannot specify both --attach and --detach');
    Object.assign(request, { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false });
  } else if (request.AttachStdin && request.Tty && !isTerminal(0))
    throw new CommandFailure('the input device is not a TTY');
  if (request.Tty) request.HostConfig.ConsoleSize = consoleSize();
  return request;
}

async function inBackground(client: Client, id: string): Promise<void> {
  await client.done('POST', `/containers/${id}/start`);
  print(`${id}\n`);
}

/**
 * Everything that goes wrong before the program runs is the engine's failure, unless it is about the program: Docker's
 * engine says by its sentence whether that was there.
 */
function exitCodeOf(message: string): number {
  if (/executable file not found|no such file or directory|system cannot find the file specified/.test(message))
    return 127;
  if (/permission denied|is a directory|not a directory/.test(message)) return 126;
  return 125;
}
