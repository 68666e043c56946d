/** `oci list`: the containers of one folder of states. */
import { userInfo } from 'node:os';
import type { CommandModule } from 'yargs';
import { list } from '../../../runtime/container.ts';
import type { OciState } from '../../../runtime/state.ts';
import { table } from '../../output.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

interface Options extends Global {
  quiet?: boolean;
  format: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'list',
  describe: 'Lists the containers of this runtime.',
  builder: (yargs) =>
    withGlobals(yargs)
      .option('quiet', { alias: 'q', type: 'boolean', describe: 'ids only' })
      .option('format', { alias: 'f', choices: ['table', 'json'], default: 'table', describe: 'how' })
      .example('$0 oci list --format json', 'for programs'),
  handler: logged('list', (argv) => {
    const states = list(stateFolder(argv));
    if (argv.quiet) return void process.stdout.write(states.map(({ id }) => `${id}\n`).join(''));
    if (argv.format === 'json') return void process.stdout.write(`${JSON.stringify(states)}\n`);
    const rows = states.map(rowOf);
    process.stdout.write(`${table([['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], ...rows])}\n`);
  }),
};

function rowOf({ id, pid, status, bundle, created, owner }: OciState): string[] {
  return [id, String(pid), status, bundle, created, ownerName(owner)];
}

function ownerName(uid: number): string {
  const { uid: own, username } = userInfo();
  return uid === own ? username : `#${uid}`;
}
