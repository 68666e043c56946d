/**
 * `network connect` and `network disconnect`: other networks for a container, also while it runs.
 *
 * src/network makes it so and keeps the claim; here the record follows, and the container's own hosts file. That is written
 * in place, because it is bound into the container: a new file would be one that nobody there sees.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimOf } from '../network/adopt.ts';
import { connect, disconnect } from '../network/connect.ts';
import { findNetwork } from '../network/list.ts';
import { containerTexts } from '../network/texts.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { linksNow, tellNetworks } from './network.ts';
import type { EndpointSettings } from './types.ts';

/** Throws NO_SUCH_NETWORK, NO_SUCH_CONTAINER, WRONG_STATE, ADDRESS_IN_USE. */
export function connectContainer(
  engine: Engine,
  network: string,
  name: string,
  settings: EndpointSettings = {},
): Promise<void> {
  const container = engine.containers.find(name);
  container.demandWhole();
  const { name: own } = findNetwork(engine.networks, network);
  return container.aloneIfThere(async () => {
    const { record } = container;
    const got = await connect(engine.networks, own, record, settings, runningOf(container));
    record.NetworkSettings.Networks[own] = got as EndpointSettings;
    await changed(engine, container, own, 'connect');
  });
}

/** Throws NO_SUCH_NETWORK, NO_SUCH_CONTAINER, WRONG_STATE. */
export function disconnectContainer(engine: Engine, network: string, name: string): Promise<void> {
  const container = engine.containers.find(name);
  container.demandWhole();
  const { name: own } = findNetwork(engine.networks, network);
  return container.aloneIfThere(async () => {
    const { record } = container;
    disconnect(engine.networks, own, record, runningOf(container));
    delete record.NetworkSettings.Networks[own];
    await changed(engine, container, own, 'disconnect');
  });
}

const runningOf = ({ record: { State } }: Container): { pid: number } | undefined =>
  State.Pid ? { pid: State.Pid } : undefined;

async function changed(engine: Engine, container: Container, network: string, action: string): Promise<void> {
  const { record, folder } = container;
  if (record.State.Pid) {
    tellNetworks(engine, record);
    const { hosts } = containerTexts(
      engine.networks,
      record,
      claimOf(engine.networks, record),
      linksNow(engine, record),
    );
    const path = join(folder, 'hosts');
    if (readFileSync(path, 'utf8') !== hosts) writeFileSync(path, hosts);
  }
  await container.save();
  const { id, driver } = findNetwork(engine.networks, network);
  engine.events.emit('network', action, id, { container: record.Id, name: network, type: driver });
}
