/** `oci run`: create and start in one go, in the foreground unless --detach. */
import type { CommandModule } from 'yargs';
import { create, start, type CreateOptions } from '../../../runtime/container.ts';
import { remove } from '../../../runtime/remove.ts';
import { exitWith } from '../../exit.ts';
import { sizeOf } from '../../terminal.ts';
import { runInForeground } from '../foreground.ts';
import {
  bundleOptions,
  createOptions,
  refuseConsole,
  withConsole,
  writePidFile,
  type BundleOptions,
} from './bundle.ts';
import { logged } from './options.ts';

interface RunOptions extends BundleOptions {
  detach?: boolean;
}

export const verb: CommandModule<object, RunOptions> = {
  command: 'run <id>',
  describe: 'Creates a container from a bundle and starts it.',
  builder: (yargs) =>
    bundleOptions(yargs)
      .option('detach', { alias: 'd', type: 'boolean', describe: 'do not wait for its end' })
      .example('$0 oci run --bundle /tmp/box box', 'until its program ends; then it is removed'),
  handler: logged('run', async (argv: RunOptions) => {
    const options = createOptions(argv);
    const pidFile = argv.pidFile;
    if (argv.detach) return detached(options, argv);
    refuseConsole(argv);
    const size = options.spec.process.terminal ? sizeOf(0) : undefined;
    exitWith(await runInForeground({ ...options, size }, ({ pid }) => writePidFile(pidFile, pid)));
  }),
};

async function detached(options: CreateOptions, { pidFile, consoleSocket: path }: RunOptions): Promise<void> {
  const { run, id, isolators } = options;
  await withConsole(options.spec.process.terminal ?? false, path, async (consoleSocket) => {
    const container = await create({ ...options, consoleSocket });
    try {
      writePidFile(pidFile, container.pid);
      await start(run, id, isolators);
    } catch (error) {
      await remove(run, id, { force: true }, isolators);
      throw error;
    }
  });
}
