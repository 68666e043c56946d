/** What `inspect` says about a container's networks: Docker's JSON, from its record and what it has got. */
import { stateDir } from '../runtime/state.ts';
import type {
  Attached,
  BridgedClaim,
  Endpoint,
  EndpointSettings,
  NetworkSettings,
  Networks,
  PortBinding,
} from './networks.ts';
import { exitOf } from './bridged.ts';
import { modeOf } from './mode.ts';
import { withProtocol } from './ports.ts';
import { unledPorts } from './relay.ts';

/** With the claim of a container that runs; null: it does not, or is in no network with addresses. */
export function networkSettings(
  networks: Networks,
  record: Attached,
  claim: BridgedClaim | null,
  pid?: number,
): NetworkSettings {
  const endpoints = claim?.endpoints ?? [];
  const byName = new Map(endpoints.map((endpoint) => [nameIn(networks, endpoint), endpoint]));
  const names = new Set([...Object.keys(record.NetworkSettings.Networks), ...byName.keys()]);
  const own = byName.get('bridge');
  return {
    Bridge: '',
    SandboxID: pid ? record.Id : '',
    SandboxKey: pid ? `/proc/${pid}/ns/net` : '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    Ports: pid ? portsOf(record, exitOf(endpoints)) : {},
    // Docker repeats here what the container has in the default bridge, from the time when there was no other.
    ...gained(own),
    Networks: Object.fromEntries(
      [...names].map((name) => [name, endpointSettings(networks, record, name, byName.get(name))]),
    ),
  };
}

/** What of its ports leads somewhere while its relay is gone; undefined as long as nothing is missing. */
export function portsWithoutRelay(networks: Networks, record: Attached): NetworkSettings['Ports'] | undefined {
  const endpoints = networks.endpoints.get(record.Id) ?? [];
  const exit = exitOf(endpoints);
  const unled = exit ? unledPorts(networks, stateDir(networks.run, record.Id), endpoints) : [];
  if (!exit || !unled.length) return undefined;
  return portsOf(record, { ...exit, ports: exit.ports.filter((port) => !unled.includes(port)) });
}

/** By its id, where somebody has taken the network's definition away. */
const nameIn = ({ byId }: Networks, { network }: Endpoint): string => byId.get(network)?.name ?? network;

/** What an endpoint has got; empty where there is none. */
function gained(endpoint: Endpoint | undefined) {
  return {
    EndpointID: endpoint?.id ?? '',
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.address ?? '',
    IPPrefixLen: endpoint?.prefix ?? 0,
    IPv6Gateway: endpoint?.gateway6 ?? '',
    GlobalIPv6Address: endpoint?.address6 ?? '',
    GlobalIPv6PrefixLen: endpoint?.prefix6 ?? 0,
    MacAddress: endpoint?.mac ?? '',
  };
}

/** One network's, with what was asked of it. */
export function endpointSettings(
  networks: Networks,
  record: Attached,
  name: string,
  endpoint: Endpoint | undefined,
): EndpointSettings {
  const {
    IPAMConfig = null,
    Links = null,
    Aliases = null,
    DriverOpts = null,
  } = record.NetworkSettings.Networks[name] ?? {};
  const network = [...networks.byId.values()].find((one) => one.name === (name === 'default' ? 'bridge' : name));
  // Docker shows the short id among the aliases, which it is.
  const isNamed = Boolean(endpoint?.names.length);
  const aliases = isNamed ? [...new Set([...(Aliases ?? []), record.Id.slice(0, 12)])] : Aliases;
  const NetworkID = endpoint || modeOf(record) === name ? (network?.id ?? '') : '';
  return { IPAMConfig, Links, Aliases: aliases, NetworkID, ...gained(endpoint), DriverOpts };
}

/** Published ports with where they are published, exposed ones with null. */
function portsOf({ Config }: Attached, endpoint: Endpoint | undefined): NetworkSettings['Ports'] {
  const all: Record<string, Required<PortBinding>[] | null> = {};
  for (const key of Object.keys(Config.ExposedPorts ?? {})) all[withProtocol(key)] = null;
  for (const { protocol, port, hostAddress, hostPort } of endpoint?.ports ?? [])
    (all[`${port}/${protocol}`] ??= []).push({ HostIp: hostAddress, HostPort: String(hostPort) });
  return all;
}
