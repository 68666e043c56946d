/**
 * `inspect`: everything that is known of a container.
 */
import { join } from 'node:path';
import { configShown, hostConfigShown, networkShown } from './blanks.ts';
import type { Engine } from './engine.ts';
import { logPath } from './logs.ts';
import { portsNow } from './network.ts';
import { sizesOf } from './sizes.ts';
import type { ContainerInspect } from './types.ts';

/** Throws NO_SUCH_CONTAINER. `size` looks how much it has written, which takes long. */
export async function inspectContainer(
  engine: Engine,
  name: string,
  { size = false }: { size?: boolean } = {},
): Promise<ContainerInspect> {
  const container = engine.containers.find(name);
  const { folder, execs } = container;
  const { StoppedByHand: _, RemoveVolumes: __, Account: ___, ...record } = container.record;
  const running = [...execs.values()].filter((exec) => exec.isRunning).map(({ id }) => id);
  return {
    ...record,
    Config: configShown(record.Config),
    HostConfig: hostConfigShown(record.HostConfig),
    NetworkSettings: networkShown({ ...record.NetworkSettings, Ports: portsNow(engine, container.record) }),
    Name: `/${record.Name}`,
    Platform: 'linux',
    ResolvConfPath: join(folder, 'resolv.conf'),
    HostnamePath: join(folder, 'hostname'),
    HostsPath: join(folder, 'hosts'),
    LogPath: logPath(folder),
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: running.length ? running : null,
    GraphDriver: { Name: record.Driver, Data: null },
    ...(size && (await sizesOf(engine, container))),
  };
}
