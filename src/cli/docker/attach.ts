/** `attach`: our streams become those of a container that runs. */
import type { ContainerDetails } from '../../client/types.ts';
import { command, one } from './command.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { exitOf, outliving } from './foreground.ts';
import { isTerminal } from '../terminal.ts';
import { relay } from './relay.ts';
import { detachKeys } from './shared-flags.ts';
import { followSize, forwardSignals } from './signals.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER',
  about: 'Shows what a running container writes, and passes on what is typed.',
  words: one,
  flags: {
    'detach-keys': detachKeys,
    'no-stdin': toggle('nothing is passed on'),
    'sig-proxy': toggle('signals are passed on', { fallback: true }),
  },
  async run({ client, flags, words: [name = ''] }) {
    const { Id, State, Config } = await client.json<ContainerDetails>(
      'GET',
      `/containers/${encodeURIComponent(name)}/json`,
    );
    if (!State.Running) throw new CommandFailure('You cannot attach to a stopped container, start it first');
    if (State.Paused) throw new CommandFailure('You cannot attach to a paused container, unpause it first');
    if (State.Restarting)
      throw new CommandFailure('You cannot attach to a restarting container, wait until it is running');
    const stdin = !flags['no-stdin'] && (Config.OpenStdin ?? false);
    if (stdin && Config.Tty && !isTerminal(0)) throw new CommandFailure('the input device is not a TTY');
    const exit = await exitOf(client, Id, 'not-running');
    const query = { stream: true, stdin, stdout: true, stderr: true, detachKeys: flags['detach-keys'] };
    const socket = await client.hijack(`/containers/${Id}/attach`, { query });
    const stopForwarding = flags['sig-proxy'] && !Config.Tty ? forwardSignals(client, Id) : () => undefined;
    const stopFollowing = Config.Tty ? await followSize(client, `/containers/${Id}/resize`) : () => undefined;
    try {
      const streams = relay(socket, { input: stdin, tty: Config.Tty, detachKeys: flags['detach-keys'] });
      return await outliving(Id, async () => ((await streams) === 'detached' ? 0 : await exit()));
    } finally {
      stopForwarding();
      stopFollowing();
    }
  },
});
