/**
 * Into a network and out of it again, also while the container runs (`network connect`, `network disconnect`).
 *
 * What a container gets is the network's matter (src/network/connect.ts); here it is written down, so that it has the same
 * networks when it is started again.
 */
import { connect, disconnect } from '../network/connect.ts';
import { findNetwork } from '../network/list.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import type { EndpointSettings } from './types.ts';

const runningOf = ({ record: { State } }: Container): { pid: number } | undefined =>
  State.Running ? { pid: State.Pid } : undefined;

/** Throws NO_SUCH_NETWORK, NO_SUCH_CONTAINER, WRONG_STATE, ADDRESS_IN_USE. */
export async function connectContainer(
  engine: Engine,
  network: string,
  name: string,
  settings: EndpointSettings = {},
): Promise<void> {
  const { networks, containers, events } = engine;
  const { id, name: own } = findNetwork(networks, network);
  const container = containers.find(name);
  await container.alone(async () => {
    const { record } = container;
    const got = await connect(networks, id, record, settings, runningOf(container));
    record.NetworkSettings.Networks[own] = got as EndpointSettings;
    await container.save();
  });
  events.emit('network', 'connect', id, { container: container.id, name: own, type: 'bridge' });
}

/** Throws NO_SUCH_NETWORK, NO_SUCH_CONTAINER, WRONG_STATE. */
export async function disconnectContainer(engine: Engine, network: string, name: string): Promise<void> {
  const { networks, containers, events } = engine;
  const { id, name: own } = findNetwork(networks, network);
  const container = containers.find(name);
  await container.alone(async () => {
    const { record } = container;
    disconnect(networks, id, record, runningOf(container));
    delete record.NetworkSettings.Networks[own];
    await container.save();
  });
  events.emit('network', 'disconnect', id, { container: container.id, name: own, type: 'bridge' });
}
