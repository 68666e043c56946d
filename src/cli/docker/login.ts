/** `login`: the engine asks the registry whether it knows us, and what it knows is kept (src/registry/docker-config.ts). */
import { createInterface } from 'node:readline/promises';
import { text as textOf } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { dockerConfig } from '../../registry/docker-config.ts';
import { command } from './command.ts';
import { CommandFailure } from './failure.ts';
import { text, toggle } from './flags.ts';
import { isTerminal } from '../terminal.ts';
import { print, warn } from './print.ts';

export const verb = command({
  usage: '[OPTIONS] [SERVER]',
  about: 'Says to a registry who you are, and remembers it. Without a name it is Docker’s.',
  words: [0, 1],
  flags: {
    password: text('better not: others can see it', { short: 'p' }),
    'password-stdin': toggle('read the password from standard input'),
    username: text('your name there', { short: 'u' }),
  },
  examples: [['login -u me --password-stdin localhost:5000', 'password from a pipe']],
  async run({ client, flags, given, words: [typed] }) {
    if (given.has('password') && flags['password-stdin'])
      throw new CommandFailure('conflicting options: cannot specify both --password and --password-stdin');
    if (flags['password-stdin'] && !flags.username)
      throw new CommandFailure('the --password-stdin option requires --username to be set');
    if (given.has('password')) warn('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    const registry = registryOf(typed);
    const piped = flags['password-stdin'] ? (await textOf(process.stdin)).replace(/\r?\n$/, '') : flags.password;
    const username = flags.username || (await ask('Username: '));
    const password = piped || (await ask('Password: ', true));
    const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
    const body = { username, password, serveraddress };
    const answer = await client.json<{ Status?: string; IdentityToken?: string }>('POST', '/auth', { body });
    const identity = answer.IdentityToken;
    const { where, isPlain } = await dockerConfig().save(
      registry,
      identity ? { identityToken: identity, username } : { username, password },
    );
    if (isPlain) warn(unencrypted(where));
    if (answer.Status) print(`${answer.Status}\n`);
  },
});

const unencrypted = (where: string): string =>
  `\nWARNING! Your credentials are stored unencrypted in '${where}'.\n` +
  'Configure a credential helper to remove this warning. See\n' +
  'https://docs.docker.com/go/credential-store/\n\n';

/** A registry is known by its host; the hub's address is one that it had long ago. */
export function registryOf(typed: string | undefined): string {
  const host = (typed ?? '').replace(/^https?:\/\//, '').split('/', 1)[0]!;
  return ['', 'docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

/** On the terminal; what is secret is not shown while it is typed. */
async function ask(question: string, isSecret = false): Promise<string> {
  if (!isTerminal(0)) throw new CommandFailure('Error: Cannot perform an interactive login from a non TTY device');
  warn(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = createInterface({ input: process.stdin, output: isSecret ? silent : process.stderr, terminal: true });
  try {
    return await asking.question('');
  } finally {
    asking.close();
    if (isSecret) warn('\n');
  }
}
