/**
 * What a container gets in its networks: an address, a MAC, names, ports of the host. A decision without effect on the
 * kernel; `bridged` carries it out. It is remembered here from the moment it is made, so that two decisions at once
 * never give the same.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { DrydockError } from '../errors.ts';
import { invalid, isHostIn, macFor, nextAddress, parseSubnet } from './addresses.ts';
import { isLoopback } from './firewall/rules.ts';
import { demandFiles, hasIPv6, hold, letGo, plainly } from './held.ts';
import { bytesOf, isIn, nth, textOf as textOf6 } from './link/ipv6.ts';
import { parseLink } from './links.ts';
import { findNetwork } from './list.ts';
import { modeOf } from './mode.ts';
import type {
  Attached,
  BridgedClaim,
  Endpoint,
  EndpointSettings,
  Network,
  Networks,
  PublishedPort,
} from './networks.ts';
import { isUserNetwork, newId } from './own.ts';
import { choosePort, ephemeralRange, TakenPorts, wantedPorts, type WantedPort } from './ports.ts';
import { isRelayed, mayRelay } from './relay.ts';
import { serversToAsk } from './texts.ts';

/**
 * The claim of a container that is about to start; null for one with the host's network, with none, or with another
 * container's. Throws NO_SUCH_NETWORK, NETWORK_INVALID, ADDRESS_IN_USE, PORT_INVALID, PORT_IN_USE.
 */
export function endpoints(networks: Networks, record: Attached): BridgedClaim | null {
  const wanted = wantedNetworks(networks, record);
  if (!wanted.length) return null;
  const placed: Endpoint[] = [];
  for (const [network, settings] of wanted) placed.push(place(networks, record, network, settings, placed));
  const exit = placed.findIndex(({ gateway }) => gateway !== null);
  const all = placed.map((endpoint, i) =>
    i === exit ? { ...endpoint, ports: publishedPorts(networks, record, endpoint) } : endpoint,
  );
  return remember(networks, record, all);
}

/** The claim that a container has with these endpoints; it is in use from now on. */
export function remember(networks: Networks, record: Attached, all: readonly Endpoint[]): BridgedClaim {
  const name = nameOf(record);
  networks.endpoints.set(record.Id, all);
  networks.containers.set(record.Id, name);
  const isNamed = all.some(({ network }) => isUserNetwork(networks.byId.get(network)));
  const isOutside = all.some(({ gateway }) => gateway !== null);
  const forward = isNamed ? (isOutside ? serversToAsk(networks, record) : []) : null;
  return { container: record.Id, name, endpoints: all, forward };
}

/** Nobody has them any more. */
export function abandon(networks: Networks, { container, endpoints: all }: BridgedClaim): void {
  for (const { ports } of all) letGo(networks.held, ports);
  networks.endpoints.delete(container);
  networks.containers.delete(container);
}

export const nameOf = ({ Name }: Attached): string => Name.replace(/^\//, '');

/** The networks that it wants to be in, that of its mode first. */
function wantedNetworks(networks: Networks, record: Attached): [Network, EndpointSettings][] {
  const mode = modeOf(record);
  if (mode.startsWith('container:')) return [];
  if (mode === 'host' || mode === 'none') {
    Object.values(record.NetworkSettings.Networks).forEach(refuseOwnAddress);
    return [];
  }
  const all = new Map<Network, EndpointSettings>([[findNetwork(networks, mode), {}]]);
  for (const [name, settings] of Object.entries(record.NetworkSettings.Networks))
    all.set(findNetwork(networks, name), settings);
  return [...all].filter(([{ driver }]) => driver === 'bridge');
}

function refuseOwnAddress({ IPAMConfig }: EndpointSettings): void {
  if (IPAMConfig?.IPv4Address)
    throw invalid(
      'user specified IP address is supported on user defined networks only',
      'a network that you have created',
    );
}

/** One container's place in one network; `before` are those that it has, also in a decision that goes on. */
export function place(
  networks: Networks,
  record: Attached,
  network: Network,
  settings: EndpointSettings,
  before: readonly Endpoint[],
): Endpoint {
  const isNamed = isUserNetwork(network);
  const { IPAMConfig, Aliases, Links } = settings;
  if (!isNamed) refuseOwnAddress(settings);
  if (!isNamed && Aliases?.length)
    throw invalid('network-scoped alias is supported only for containers in user defined networks', 'such a network');
  const { device, subnet, gateway, ipv6, mtu = null } = network.bridge!;
  const id = newId();
  const address = addressIn(networks, network, IPAMConfig?.IPv4Address);
  const links = [
    ...(Links ?? []),
    ...(isNamed && network.name === modeOf(record) ? (record.HostConfig.Links ?? []) : []),
  ];
  return {
    id,
    network: network.id,
    link: `dv${id.slice(0, 12)}`,
    device: freeDevice(before),
    mac: macOf(record, before) ?? macFor(address),
    bridge: device,
    address,
    prefix: parseSubnet(subnet, 'subnet').prefix,
    gateway: network.isInternal ? null : gateway,
    address6: ipv6 ? address6In(networks, network, IPAMConfig?.IPv6Address) : null,
    prefix6: ipv6 ? Number(ipv6.subnet.split('/')[1]) : 0,
    gateway6: ipv6 && !network.isInternal ? ipv6.gateway : null,
    mtu,
    ports: [],
    names: isNamed ? [...new Set([nameOf(record), ...(Aliases ?? []), record.Id.slice(0, 12)])] : [],
    links: Object.fromEntries(links.map(parseLink).map(({ name, alias }) => [alias, name])),
  };
}

function freeDevice(before: readonly Endpoint[]): string {
  const taken = new Set(before.map(({ device }) => device));
  for (let i = 0; ; i++) if (!taken.has(`eth${i}`)) return `eth${i}`;
}

/** `--mac-address` is that of the first endpoint. */
function macOf({ Config: { MacAddress } }: Attached, before: readonly Endpoint[]): string | undefined {
  if (!MacAddress || before.length) return undefined;
  if (/^([\da-f]{2}:){5}[\da-f]{2}$/i.test(MacAddress) && !(parseInt(MacAddress, 16) & 1))
    return MacAddress.toLowerCase();
  throw invalid(`invalid mac address: ${MacAddress}`, 'six bytes, of which the first is even: "02:42:ac:11:00:02"');
}

function addressIn(networks: Networks, network: Network, asked: string | undefined): string {
  const { subnet: text, range, gateway, auxiliary = {}, reserved = [] } = network.bridge!;
  const subnet = parseSubnet(text, 'subnet');
  const others = inNetwork(networks, network).map(({ address }) => address);
  const taken = new Set([gateway, ...Object.values(auxiliary), ...reserved, ...others]);
  if (!asked) {
    const part = range ? parseSubnet(range, 'range') : undefined;
    const address = nextAddress(part ?? subnet, taken);
    if (address) return address;
    throw new DrydockError(
      'ADDRESS_IN_USE',
      `no available IPv4 addresses on this network's address pools: ${network.name} (${network.id})`,
      {
        hint: `all of ${range ?? text} are taken: stop a container, or make a network with a larger subnet`,
      },
    );
  }
  if (!isIPv4(asked)) throw invalid(`invalid IPv4 address: ${asked}`, `an address in ${text}`);
  if (!isHostIn(asked, subnet))
    throw invalid(`no configured subnet or ip-range contains the IP address ${asked}`, `an address in ${text}`);
  if (taken.has(asked))
    throw new DrydockError('ADDRESS_IN_USE', `Address already in use: ${asked} in ${network.name}`, {
      hint: '`drydock network inspect` shows who has it',
    });
  return asked;
}

/** By the same number as nobody has: the last 16 bits count. */
function address6In(networks: Networks, network: Network, asked: string | undefined): string {
  const { subnet, gateway } = network.bridge!.ipv6!;
  const taken = new Set([gateway, ...inNetwork(networks, network).map(({ address6 }) => address6)]);
  if (asked) {
    if (!isIPv6(asked)) throw invalid(`invalid IPv6 address: ${asked}`, `an address in ${subnet}`);
    const address = textOf6(bytesOf(asked));
    if (!isIn(address, subnet))
      throw invalid(`no configured subnet or ip-range contains the IP address ${asked}`, `an address in ${subnet}`);
    if (!taken.has(address)) return address;
    throw new DrydockError('ADDRESS_IN_USE', `Address already in use: ${asked} in ${network.name}`, {
      hint: '`drydock network inspect` shows who has it',
    });
  }
  for (let number = 2; number < 65_535; number++) if (!taken.has(nth(subnet, number))) return nth(subnet, number);
  throw new DrydockError(
    'ADDRESS_IN_USE',
    `no available IPv6 addresses on this network's address pools: ${network.name}`,
    {
      hint: 'stop a container, or make another network',
    },
  );
}

/** Also those that are about to go: their addresses are not free yet. */
function inNetwork({ endpoints: all, leaving }: Networks, { id }: Network): Endpoint[] {
  const left = [...leaving.values()].flatMap(({ endpoints: old }) => old);
  return [...[...all.values()].flat(), ...left].filter(({ network }) => network === id);
}

function publishedPorts(networks: Networks, record: Attached, endpoint: Endpoint): PublishedPort[] {
  const { options } = networks.byId.get(endpoint.network)!;
  const taken = new TakenPorts();
  for (const [id, all] of networks.endpoints) if (id !== record.Id) for (const { ports } of all) taken.add(ports);
  const wanted = wantedPorts(record, options['com.docker.network.bridge.host_binding_ipv4']);
  const asked = wanted.map((one) => ({ one, addresses: addressesOf(networks, one, endpoint) }));
  const sockets = asked.filter(({ one }) => one.protocol !== 'sctp').map(({ addresses }) => addresses.length);
  demandFiles(sockets.reduce((sum, some) => sum + some, 0));
  const chosen: PublishedPort[] = [];
  const isFree = (port: PublishedPort): boolean => !taken.has(port) && hold(networks.held, port);
  // All of them, or none: with the one that is somebody else's, or too few descriptors, those in front of it go back.
  const take = (all: readonly PublishedPort[]): PublishedPort | undefined => {
    const held: PublishedPort[] = [];
    try {
      for (const port of all) {
        if (!isFree(port)) break;
        held.push(port);
      }
    } finally {
      if (held.length < all.length) letGo(networks.held, held);
    }
    return all[held.length];
  };
  try {
    const range = ephemeralRange();
    for (const { one, addresses } of asked) {
      const all = choosePort(one, addresses, take, range);
      taken.add(all);
      chosen.push(...all);
    }
    return chosen;
  } catch (error) {
    letGo(networks.held, chosen);
    throw plainly(error);
  }
}

/** On which addresses of the host it is published. Throws PORT_INVALID where there is no way from one. */
function addressesOf(networks: Networks, wanted: WantedPort, endpoint: Endpoint): readonly string[] {
  const { hostAddress, isEverywhere } = wanted;
  if (isEverywhere)
    return endpoint.address6 || (mayRelay(networks, wanted) && hasIPv6()) ? [hostAddress, '::'] : [hostAddress];
  if (isRelayed(wanted, endpoint) && !mayRelay(networks, wanted)) throw noWay(wanted);
  return [hostAddress];
}

function noWay({ hostAddress, protocol, port }: WantedPort): DrydockError {
  const why = isLoopback(hostAddress)
    ? 'the kernel takes what is for it from loopback alone'
    : 'the container has no address of IPv6';
  return new DrydockError('PORT_INVALID', `port ${port} cannot be published on ${hostAddress}: ${why}`, {
    hint:
      protocol === 'sctp'
        ? 'a relay leads TCP and UDP there, and no SCTP: publish on an address of IPv4'
        : 'take "userland-proxy": false out of daemon.json, and a relay leads there; or publish on an address of IPv4',
  });
}
