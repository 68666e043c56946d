/** `drydock vm test`: test files of the project in the guest. */
import type { CommandModule } from 'yargs';
import { enter } from '../../../vm/enter.ts';
import { exitWith } from '../../exit.ts';
import { say, whichGuest, type Which } from './options.ts';

interface Options extends Which {
  files: string[];
}

/** An emulated processor is slower by so much at most: deadlines in tests grow by it. */
const SURROUNDINGS = 'env DRYDOCK_SLOWNESS=30 DRYDOCK_ROUNDS=20 CI=true';

export const verb: CommandModule<object, Options> = {
  command: 'test <files..>',
  describe: 'Runs test files in the guest, as they are on this machine now.',
  builder: (yargs) =>
    yargs
      .options(whichGuest)
      .positional('files', { type: 'string', array: true, demandOption: true, describe: 'below test/' })
      .example('$0 vm test test/kernel/runtime/exec.test.ts', ''),
  async handler({ kernel, files }) {
    // The guest keeps what it has read of the project; sources may have changed since.
    const forget = 'echo 3 >/proc/sys/vm/drop_caches';
    const mocha = 'node node_modules/mocha/bin/mocha.js --timeout 900000 "$@"';
    exitWith(await enter(kernel, ['sh', '-c', `${forget}; exec ${SURROUNDINGS} ${mocha}`, 'sh', ...files], say));
  },
};
