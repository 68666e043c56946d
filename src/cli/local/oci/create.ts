/** `oci create`: everything up to the moment before the program starts; `start` follows from another process. */
import type { CommandModule } from 'yargs';
import { create } from '../../../runtime/container.ts';
import { remove } from '../../../runtime/remove.ts';
import { bundleOptions, createOptions, withConsole, writePidFile, type BundleOptions } from './bundle.ts';
import { logged } from './options.ts';

export const verb: CommandModule<object, BundleOptions> = {
  command: 'create <id>',
  describe: 'Creates a container from a bundle, up to the start of its program.',
  builder: (yargs) => bundleOptions(yargs).example('$0 oci create --bundle /tmp/box box', 'then: oci start box'),
  handler: logged('create', async (argv: BundleOptions) => {
    const options = createOptions(argv);
    await withConsole(options.spec.process.terminal ?? false, argv.consoleSocket, async (consoleSocket) => {
      const container = await create({ ...options, consoleSocket });
      try {
        writePidFile(argv.pidFile, container.pid);
      } catch (error) {
        // A caller that cannot learn the pid will never start it.
        await remove(options.run, options.id, { force: true }, options.isolators);
        throw error;
      }
    });
  }),
};
