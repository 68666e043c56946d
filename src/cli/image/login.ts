/** `login`: says to a registry who we are, and keeps what it accepted. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { login } from '../../registry/login.ts';
import { isTerminal } from '../terminal.ts';
import { print } from './open.ts';

interface Options {
  server: string;
  username?: string;
  password?: string;
  passwordStdin?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'login [server]',
  describe: 'Says to a registry who you are, and remembers it.',
  builder: (yargs) =>
    yargs
      .positional('server', { type: 'string', default: 'docker.io', describe: 'a registry, as in localhost:5000' })
      .option('username', { alias: 'u', type: 'string', requiresArg: true, describe: 'your name there' })
      .option('password', { alias: 'p', type: 'string', requiresArg: true, describe: 'better not: others can see it' })
      .option('password-stdin', { type: 'boolean', describe: 'read the password from standard input' })
      .example('$0 login -u me --password-stdin localhost:5000', 'with the password from a pipe'),
  handler: async (argv) => {
    const { server } = argv;
    const username = argv.username ?? (await ask('Username: '));
    const password = await passwordOf(argv);
    const { where, isPlain } = await login(server.replace(/^https?:\/\//, ''), { username, password });
    if (isPlain)
      process.stderr.write(
        `WARNING! Your password will be stored unencrypted in ${where}.\n` +
          'Configure a credential helper to remove this warning.\n',
      );
    print('Login Succeeded\n');
  },
};

async function passwordOf({ password, passwordStdin, username }: Options): Promise<string> {
  if (passwordStdin && password !== undefined)
    throw new DrydockError('BAD_USAGE', '--password and --password-stdin are mutually exclusive', { hint: 'say one' });
  if (passwordStdin && username === undefined)
    throw new DrydockError('BAD_USAGE', 'Must provide --username with --password-stdin', { hint: '-u NAME' });
  if (passwordStdin) return (await all(process.stdin)).replace(/\r?\n$/, '');
  if (password === undefined) return ask('Password: ', true);
  process.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
  return password;
}

async function all(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** On the terminal; what is secret is not shown while it is typed. */
async function ask(question: string, isSecret = false): Promise<string> {
  if (!isTerminal(0))
    throw new DrydockError('BAD_USAGE', 'Cannot perform an interactive login from a non TTY device', {
      hint: 'say --username, and --password-stdin with the password in a pipe',
    });
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = createInterface({ input: process.stdin, output: isSecret ? silent : process.stderr, terminal: true });
  try {
    return await asking.question('');
  } finally {
    asking.close();
    if (isSecret) process.stderr.write('\n');
  }
}
