/** Which networks there are, and who is in them, as Docker's JSON. */
import { DrydockError } from '../errors.ts';
import { filterTest, type Filters } from './filters.ts';
import { isOwn } from './own.ts';
import type { Endpoint, Network, NetworkMember, NetworkResource, Networks } from './networks.ts';

/** By name, then by id; `default` is the default bridge. */
export function knownNetwork({ byId }: Networks, name: string): Network | undefined {
  const wanted = name === 'default' ? 'bridge' : name;
  return [...byId.values()].find((network) => network.name === wanted) ?? byId.get(wanted);
}

/** The same, then by the beginning of an id. Throws NO_SUCH_NETWORK. */
export function findNetwork(networks: Networks, name: string): Network {
  const found = knownNetwork(networks, name);
  if (found) return found;
  const all = [...networks.byId.values()];
  const begin = all.filter(({ id }) => name.length > 0 && id.startsWith(name));
  if (begin.length === 1) return begin[0]!;
  if (begin.length === 0)
    throw new DrydockError('NO_SUCH_NETWORK', `network ${name} not found`, {
      hint: '`drydock network ls` shows those that there are',
    });
  const names = begin.map((network) => network.name).join(', ');
  throw new DrydockError('NO_SUCH_NETWORK', `network ${name} is ambiguous: the ids of ${names} begin so`, {
    hint: 'give more digits, or the name',
  });
}

/** Those that match, in the order of their names. Throws NETWORK_INVALID for a filter that there is not. */
export function listNetworks(networks: Networks, filters: Filters = {}): NetworkResource[] {
  return [...networks.byId.values()]
    .filter(filterTest(networks, filters))
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((network) => resource(network, {}));
}

/** One, with its members. Throws NO_SUCH_NETWORK. */
export function inspectNetwork(networks: Networks, name: string): NetworkResource {
  const network = findNetwork(networks, name);
  const members = [...networks.endpoints].flatMap(([container, endpoints]) =>
    endpoints.filter((one) => one.network === network.id).map((one) => [container, memberOf(networks, container, one)]),
  );
  return resource(network, Object.fromEntries(members) as Record<string, NetworkMember>);
}

function memberOf({ containers }: Networks, container: string, endpoint: Endpoint): NetworkMember {
  const { id, mac, address, prefix, address6, prefix6 } = endpoint;
  return {
    Name: containers.get(container) ?? '',
    EndpointID: id,
    MacAddress: mac,
    IPv4Address: `${address}/${prefix}`,
    IPv6Address: address6 ? `${address6}/${prefix6}` : '',
  };
}

function resource(network: Network, Containers: NetworkResource['Containers']): NetworkResource {
  const { id, name, created, driver, bridge, isInternal, isAttachable, options, labels } = network;
  const { subnet, range, gateway, auxiliary, ipv6 } = bridge ?? {};
  const four = subnet
    ? [{ Subnet: subnet, ...(range && { IPRange: range }), Gateway: gateway, AuxiliaryAddresses: auxiliary }]
    : [];
  const six = ipv6 ? [{ Subnet: ipv6.subnet, Gateway: ipv6.gateway }] : [];
  return {
    Name: name,
    Id: id,
    Created: created,
    Scope: 'local',
    Driver: driver,
    EnableIPv6: ipv6 !== undefined,
    IPAM: { Driver: 'default', Options: isOwn(network) ? null : {}, Config: [...four, ...six] },
    Internal: isInternal,
    Attachable: isAttachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers,
    Options: options,
    Labels: labels,
  };
}
