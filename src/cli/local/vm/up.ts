/** `drydock vm up`: builds the guest the first time, and starts it. */
import type { CommandModule } from 'yargs';
import { option } from '../../../vm/guest.ts';
import { boot, howToBoot, say, type Boot } from './options.ts';

export const verb: CommandModule<object, Boot> = {
  command: 'up',
  describe: 'Starts the guest; the first time it is built, of Debian’s packages.',
  builder: (yargs) =>
    yargs
      .options(howToBoot)
      .example('$0 vm up', 'Linux 6.1 with cgroup v2')
      .example('$0 vm up --cgroup hybrid', 'v1 for the limits, v2 beside it')
      .example('$0 vm up --kernel 5.10', 'a second guest, with an older kernel'),
  async handler(argv) {
    const begun = Date.now();
    const { port } = await boot(argv);
    const seconds = Math.round((Date.now() - begun) / 1000);
    say(
      `${seconds > 0 ? `up after ${seconds} s` : 'up'}, ssh on port ${port}; next: ./drydock vm shell${option(argv.kernel)}`,
    );
  },
};
