/** `drydock vm status`: which guests there are, and how each of them is. */
import type { CommandModule } from 'yargs';
import { guests, type Status } from '../../../vm/status.ts';
import { table } from '../../output.ts';
import { say } from './options.ts';

interface Options {
  json?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'status',
  describe: 'Says which guests there are: up or down, how they were started, their snapshots, what their disks take.',
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', describe: 'the same as JSON; disk in bytes' })
      .example('$0 vm status', '')
      .example('$0 vm status --json', 'for programs'),
  handler({ json }) {
    const found = guests();
    if (json) return void process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    if (found.length === 0) return say('there is no guest yet; to make one: ./drydock vm up');
    process.stdout.write(`${table([COLUMNS, ...found.map(row)])}\n`);
  },
};

const COLUMNS = ['KERNEL', 'DEBIAN', 'CGROUP', 'STATE', 'PID', 'SSH', 'DISK', 'SNAPSHOTS'];

function row({ kernel, release, debian, cgroup, state, pid, port, disk, snapshots }: Status): string[] {
  const megabytes = `${Math.ceil(disk / 2 ** 20)} MB`;
  const ssh = port === null ? '-' : `127.0.0.1:${port}`;
  const kept = snapshots.join(', ') || '-';
  return [release ?? kernel, debian, cgroup ?? '-', state, String(pid ?? '-'), ssh, megabytes, kept];
}
