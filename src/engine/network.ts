/**
 * A container in its networks: what src/network decides and makes, at the turns of a container's life.
 *
 *     create   its networks exist             start   addresses taken, texts written, `bridged` in the stack
 *     end      given back by `bridged`        engine starts anew   name servers begin again (adopt)
 */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { claimOf } from '../network/adopt.ts';
import { bridged } from '../network/bridged.ts';
import { abandon, endpoints } from '../network/endpoints.ts';
import { linkEnvironment, parseLink, resolveLinks, type ResolvedLink } from '../network/links.ts';
import { findNetwork, knownNetwork } from '../network/list.ts';
import { modeOf, sharedWith } from '../network/mode.ts';
import { isOut } from '../network/pull-out.ts';
import { networkSettings, portsWithoutRelay } from '../network/settings.ts';
import { containerTexts, type ContainerTexts } from '../network/texts.ts';
import { isolators, type AnyIsolator } from '../runtime/isolators/index.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { joinable } from './joinable.ts';
import { layers, rootfsOf } from './rootfs.ts';
import type { ContainerConfig, ContainerRecord, EndpointSettings, NetworkSettings } from './types.ts';

/** The networks of a new container, by their names. Throws NO_SUCH_NETWORK. */
export function networksOf(
  { networks }: Engine,
  record: ContainerRecord,
  asked: Readonly<Record<string, EndpointSettings>> = {},
): NetworkSettings {
  const mode = modeOf(record);
  if (mode.startsWith('container:')) return { Networks: {} };
  const nameOf = (name: string): string => findNetwork(networks, name).name;
  const named = Object.entries(asked).map(([name, settings]) => [nameOf(name), settings] as const);
  return { Networks: { [nameOf(mode)]: {}, ...Object.fromEntries(named) } };
}

/**
 * Links lead to somebody, but those between names of a network of one's own: at create by name alone, whether it runs is asked at the start. Throws
 * BAD_USAGE, which is no "not found": clients would take it for the image's.
 */
export function checkLinks({ containers }: Engine, record: ContainerRecord): void {
  if (!['bridge', 'none'].includes(modeOf(record))) return;
  for (const link of record.HostConfig.Links ?? []) {
    const { name } = parseLink(link);
    if (!containers.get(name))
      throw new DrydockError('BAD_USAGE', `could not get container for ${name}: No such container: ${name}`, {
        hint: '`drydock ps --all` lists those that there are',
      });
  }
}

export interface Joining {
  readonly isolator: AnyIsolator;
  /** Variables of `--link`. */
  readonly environment: readonly string[];
  /** The start has failed before anything was made. */
  abandon(): void;
}

/** For a container that starts: takes addresses and ports, and writes what it is to know of names into its folder. */
export async function joinNetworks({ networks, containers }: Engine, { record, folder }: Container): Promise<Joining> {
  await isOut(networks, record.Id);
  const claim = endpoints(networks, record);
  const giveUp = (): void => {
    if (claim) abandon(networks, claim);
  };
  try {
    const links = linksOf({ networks, containers }, record);
    const other = sharedWith(record);
    const texts = other === undefined ? undefined : textsOf(joinable({ containers }, other));
    if (texts) Object.assign(record.Config, texts.named);
    const { hosts, hostname, resolvConf } = texts ?? containerTexts(networks, record, claim, links);
    for (const [name, text] of Object.entries({ hosts, hostname, 'resolv.conf': resolvConf }))
      writeFileSync(join(folder, name), text, { mode: 0o644 });
    return { isolator: bridged(networks, claim), environment: linkEnvironment(record, links), abandon: giveUp };
  } catch (error) {
    giveUp();
    throw error;
  }
}

/** What a container that runs knows of names, for another one in its network: resolv.conf leads to the name server in there. */
function textsOf({
  folder,
  record: { Config },
}: Container): ContainerTexts & { readonly named: Pick<ContainerConfig, 'Hostname' | 'Domainname'> } {
  const read = (name: string): string => readShort(join(folder, name), `/etc/${name} of container ${Config.Hostname}`);
  const { Hostname, Domainname } = Config;
  return {
    ...{ hosts: read('hosts'), hostname: read('hostname'), resolvConf: read('resolv.conf') },
    named: { Hostname, Domainname },
  };
}

/** Bytes. Whoever is root in a container can write as much into these files as they want. */
const MOST_TEXT = 1 << 20;

/** Throws CONFLICT for a text that is longer than it can need to be. */
function readShort(path: string, name: string): string {
  const buffer = Buffer.allocUnsafe(MOST_TEXT + 1);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer);
    if (length <= MOST_TEXT) return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
  throw new DrydockError('CONFLICT', `${name} has more than 1 MiB, and is not copied into another container`, {
    hint: 'shorten it in there: it lists hosts by name, or name servers',
  });
}

/** Its links to containers that run now: only a start has to have all of them. */
export function linksNow({ networks, containers }: Engine, record: ContainerRecord): ResolvedLink[] {
  const runs = (link: string): boolean => {
    const { name } = parseLink(link);
    return containers
      .all()
      .some(({ id, record: { Name, State } }) => State.Pid && (Name === name || id.startsWith(name)));
  };
  const HostConfig = { ...record.HostConfig, Links: record.HostConfig.Links?.filter(runs) };
  return linksOf({ networks, containers }, { ...record, HostConfig });
}

const linksOf = (
  { networks, containers }: Pick<Engine, 'networks' | 'containers'>,
  record: ContainerRecord,
): ResolvedLink[] =>
  modeOf(record) === 'bridge' ? resolveLinks(networks, record, (name) => containers.find(name).record) : [];

/** What `inspect` says of its networks, now that it runs, or does not any more. */
export function tellNetworks({ networks }: Engine, record: ContainerRecord): void {
  const { Pid } = record.State;
  const claim = Pid ? claimOf(networks, record) : null;
  record.NetworkSettings = networkSettings(networks, record, claim, Pid || undefined) as NetworkSettings;
}

/** Its ports, and where those are published that lead somewhere now. */
export const portsNow = ({ networks }: Engine, record: ContainerRecord): NonNullable<NetworkSettings['Ports']> =>
  (portsWithoutRelay(networks, record) as NetworkSettings['Ports']) ?? record.NetworkSettings.Ports ?? {};

/** Events of its networks, which Docker has beside those of the container. */
export function tellEndpoints({ networks, events }: Engine, record: ContainerRecord, action: string): void {
  for (const [name, { NetworkID }] of Object.entries(record.NetworkSettings.Networks)) {
    const network = knownNetwork(networks, NetworkID || name);
    // Its definition may be gone, by somebody's hand: an end is an end all the same.
    if (!network) continue;
    const { id, driver } = network;
    events.emit('network', action, id, { container: record.Id, name, type: driver });
  }
}

/** The whole stack of an engine's container: its files in front, its networks behind the namespace that they are in. */
export function stackWith(files: AnyIsolator, networking: AnyIsolator): AnyIsolator[] {
  return [files, ...isolators.flatMap((one) => (one.name === 'network' ? [one, networking] : [one]))];
}

/** The same to give everything back, whoever has made it. */
export const stackToRelease = ({ networks }: Engine, folder: string): AnyIsolator[] =>
  stackWith(layers(rootfsOf(folder)), bridged(networks));
