/** `logout`: forgets what login has remembered; the registry hears nothing of it. */
import { dockerConfig } from '../../registry/docker-config.ts';
import { command } from './command.ts';
import { registryOf } from './login.ts';
import { print } from './print.ts';

export const verb = command({
  usage: '[SERVER]',
  about: 'Forgets what login has remembered. Without a name it is Docker’s registry.',
  words: [0, 1],
  flags: {},
  examples: [['logout localhost:5000', 'nobody in particular again']],
  async run({ words: [typed] }) {
    const registry = registryOf(typed);
    await dockerConfig().remove(registry);
    print(`Removing login credentials for ${registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry}\n`);
  },
});
