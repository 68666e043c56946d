/** `start --attach`: a container that has stopped, started again and brought to the foreground. */
import type { ContainerDetails } from '../../client/types.ts';
import type { Client } from '../../client/client.ts';
import { runAttached } from './foreground.ts';

interface Wishes {
  readonly client: Client;
  readonly flags: { readonly attach: boolean; readonly interactive: boolean; readonly 'detach-keys': string };
}

export async function startAttached({ client, flags }: Wishes, name: string): Promise<number> {
  const { Id, Config, HostConfig } = await client.json<ContainerDetails>(
    'GET',
    `/containers/${encodeURIComponent(name)}/json`,
  );
  return runAttached(client, Id, {
    request: {
      AttachStdin: flags.interactive && (Config.OpenStdin ?? false),
      AttachStdout: true,
      AttachStderr: true,
      Tty: Config.Tty,
    },
    detachKeys: flags['detach-keys'],
    signals: !Config.Tty,
    condition: HostConfig.AutoRemove ? 'removed' : 'next-exit',
  });
}
