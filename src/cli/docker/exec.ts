/** `exec`: a further command in a container that runs. */
import type { Client } from '../../client/client.ts';
import { command, type Call } from './command.ts';
import { checkName, environment } from './env-file.ts';
import { CommandFailure } from './failure.ts';
import { list, text, toggle } from './flags.ts';
import { isTerminal } from '../terminal.ts';
import { relay } from './relay.ts';
import { detachKeys } from './shared-flags.ts';
import { consoleSize, followSize } from './signals.ts';

const flags = {
  detach: toggle('in the background', { short: 'd' }),
  'detach-keys': detachKeys,
  env: list('NAME=value, or NAME of ours', { short: 'e', check: checkName }),
  'env-file': list('a file of such lines'),
  interactive: toggle('pass our input on', { short: 'i' }),
  privileged: toggle('every capability'),
  tty: toggle('a terminal of its own', { short: 't' }),
  user: text('name or uid, and :group', { short: 'u' }),
  workdir: text('working directory', { short: 'w' }),
};

export const verb = command({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  about: 'Runs a command in a container that runs.',
  words: [2, Infinity],
  stopsAtWord: true,
  flags,
  async run(call) {
    const { client, words } = call;
    const id = await prepared(call);
    const path = `/exec/${id}`;
    if (call.flags.detach) {
      await client.done('POST', `${path}/start`, { body: { Detach: true, Tty: call.flags.tty } });
      return 0;
    }
    const code = await inForeground(call, path);
    if (code === undefined) return 0;
    return code < 0 ? giveUp(words[0]!) : code;
  },
});

const giveUp = (name: string): never => {
  throw new CommandFailure(`the command in ${name} has no exit code: the engine has lost it`);
};

/** The id of a command that is ready to start. */
async function prepared({ client, flags: asked, words: [name = '', ...Cmd] }: Call<typeof flags>): Promise<string> {
  const body = {
    ...{ User: asked.user, Privileged: asked.privileged, Tty: asked.tty, WorkingDir: asked.workdir, Cmd },
    AttachStdin: asked.interactive && !asked.detach,
    AttachStdout: !asked.detach,
    AttachStderr: !asked.detach,
    ConsoleSize: asked.tty ? consoleSize() : undefined,
    DetachKeys: asked['detach-keys'] || undefined,
    Env: environment(asked['env-file'], asked.env),
  };
  const path = `/containers/${encodeURIComponent(name)}`;
  // A container that does not exist is told before anything about our terminal.
  await client.done('GET', `${path}/json`);
  if (!asked.detach && asked.interactive && asked.tty && !isTerminal(0))
    throw new CommandFailure('the input device is not a TTY');
  const { Id } = await client.json<{ Id: string }>('POST', `${path}/exec`, { body });
  return Id;
}

/** Its exit code; undefined when somebody has let go of it. */
async function inForeground({ client, flags: asked }: Call<typeof flags>, path: string): Promise<number | undefined> {
  const socket = await client.hijack(`${path}/start`, { body: { Detach: false, Tty: asked.tty } });
  const stopFollowing = asked.tty ? await followSize(client, `${path}/resize`) : () => undefined;
  try {
    const wishes = { input: asked.interactive, tty: asked.tty, detachKeys: asked['detach-keys'] };
    return (await relay(socket, wishes)) === 'detached' ? undefined : await exitCodeOf(client, path);
  } finally {
    stopFollowing();
  }
}

async function exitCodeOf(client: Client, path: string): Promise<number> {
  return (await client.json<{ ExitCode: number | null }>('GET', `${path}/json`)).ExitCode ?? -1;
}
