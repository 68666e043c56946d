/**
 * `network connect` and `network disconnect`: other networks for a container, also while it runs.
 *
 * src/network makes it so and keeps the claim; here the record follows, and the container's own hosts and resolv.conf.
 * Those are written in place, because they are bound into the container: a new file would be one that nobody there sees.
 * What somebody in it has made of resolv.conf stays, as with Docker; the hosts file is ours.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { claimOf } from '../network/adopt.ts';
import { connect, disconnect } from '../network/connect.ts';
import { findNetwork } from '../network/list.ts';
import { containerTexts, resolvConf } from '../network/texts.ts';
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
    const before = resolvConfNow(engine, container);
    const got = await connect(engine.networks, own, record, settings, runningOf(container));
    record.NetworkSettings.Networks[own] = got as EndpointSettings;
    await changed(engine, container, own, 'connect', before);
  });
}

/** Throws NO_SUCH_NETWORK, NO_SUCH_CONTAINER, WRONG_STATE. */
export function disconnectContainer(engine: Engine, network: string, name: string, isForced = false): Promise<void> {
  // Docker looks for what a container has left in the network then; here nothing outlives its container.
  if (isForced && !engine.containers.get(name))
    throw new DrydockError('NO_SUCH_CONTAINER', `endpoint ${name} not found`, { hint: '`docker ps -a` shows all' });
  const container = engine.containers.find(name);
  container.demandWhole();
  const { name: own } = findNetwork(engine.networks, network);
  return container.aloneIfThere(async () => {
    const { record } = container;
    const before = resolvConfNow(engine, container);
    await disconnect(engine.networks, own, record, runningOf(container));
    delete record.NetworkSettings.Networks[own];
    await changed(engine, container, own, 'disconnect', before);
  });
}

const runningOf = ({ record: { State } }: Container): { pid: number } | undefined =>
  State.Pid ? { pid: State.Pid } : undefined;

/** Its resolv.conf, if nobody in it has written there; undefined while it does not run. */
function resolvConfNow({ networks }: Engine, { record }: Container): string | undefined {
  return record.State.Pid ? resolvConf(networks, record, claimOf(networks, record)) : undefined;
}

async function changed(
  engine: Engine,
  container: Container,
  network: string,
  action: string,
  before: string | undefined,
): Promise<void> {
  const { record, folder } = container;
  if (before !== undefined) {
    tellNetworks(engine, record);
    const claim = claimOf(engine.networks, record);
    const texts = containerTexts(engine.networks, record, claim, linksNow(engine, record));
    rewrite(join(folder, 'hosts'), texts.hosts);
    rewrite(join(folder, 'resolv.conf'), texts.resolvConf, before);
  }
  await container.save();
  const { id, driver } = findNetwork(engine.networks, network);
  engine.events.emit('network', action, id, { container: record.Id, name: network, type: driver });
}

/** `expected`: another text is somebody else's, and stays. */
function rewrite(path: string, text: string, expected?: string): void {
  const there = readFileSync(path, 'utf8');
  if (there !== text && (expected === undefined || there === expected)) writeFileSync(path, text);
}
