/** `logout`: forgets who we are at a registry. */
import type { CommandModule } from 'yargs';
import { logout } from '../../registry/login.ts';
import { print } from './open.ts';

export const verb: CommandModule<object, { server: string }> = {
  command: 'logout [server]',
  describe: 'Forgets what login has remembered.',
  builder: (yargs) =>
    yargs
      .positional('server', { type: 'string', default: 'docker.io', describe: 'a registry' })
      .example('$0 logout localhost:5000', 'nobody in particular again'),
  handler: async ({ server }) => {
    const isForgotten = await logout(server.replace(/^https?:\/\//, ''));
    print(isForgotten ? `Removing login credentials for ${server}\n` : `Not logged in to ${server}\n`);
  },
};
