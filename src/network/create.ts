/** Makes a network: a definition with a name and a subnet of its own. Its bridge is made when somebody comes in. */
import { isIPv6 } from 'node:net';
import { DrydockError } from '../errors.ts';
import { freeSubnet, invalid, isHostIn, parseSubnet, POOLS, subnetText } from './addresses.ts';
import { numberOf, overlap, textOf, type Net } from './link/ipv4.ts';
import { overlap6, parseSubnet6, type Net6 } from './link/ipv6.ts';
import { DEVICE_NAMES, noDeviceName } from './link/names.ts';
import type { BridgeFacts, IpamConfig, Network, NetworkRequest, Networks } from './networks.ts';
import { isOwn, newId } from './own.ts';
import { saveNetwork } from './store.ts';
import { takenSubnets } from './subnets.ts';

/** Throws NETWORK_INVALID with the field, NETWORK_EXISTS. */
export function createNetwork(networks: Networks, request: NetworkRequest): { Id: string; Warning: string } {
  const { Name, Driver = 'bridge', Internal = false, Attachable = false } = request;
  checkName(networks, Name);
  checkDrivers(Driver, request.IPAM?.Driver);
  const id = newId();
  const network: Network = {
    id,
    name: Name,
    created: new Date().toISOString(),
    driver: 'bridge',
    isInternal: Internal,
    isAttachable: Attachable,
    labels: request.Labels ?? {},
    options: request.Options ?? {},
    bridge: bridgeOf(networks, id, request),
  };
  saveNetwork(networks, network);
  return { Id: id, Warning: '' };
}

/** Of host and null there is one network each, which was always there. In Docker's words. */
function checkDrivers(driver: string, ipam = 'default'): void {
  if (['host', 'null'].includes(driver))
    throw invalid(`only one instance of "${driver}" network is allowed`, 'the driver "bridge"');
  if (driver !== 'bridge') throw invalid(`plugin "${driver}" not found`, 'the driver "bridge"');
  if (ipam === 'null') throw invalid('ipv4 pool is empty', 'leave --ipam-driver out');
  if (!['', 'default'].includes(ipam)) throw invalid(`plugin "${ipam}" not found`, 'leave --ipam-driver out');
}

function checkName({ byId }: Networks, name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name))
    throw invalid(`Name: "${name}" is no name of a network`, 'letters, digits, and _ . - after the first one');
  if (name === 'default' || [...byId.values()].some((other) => other.name === name && isOwn(other)))
    throw new DrydockError('NETWORK_IN_USE', `operation is not permitted on predefined ${name} network`, {
      hint: 'choose another name',
    });
  if ([...byId.values()].some((other) => other.name === name))
    throw new DrydockError('NETWORK_EXISTS', `network with name ${name} already exists`, {
      hint: 'choose another name, or remove that one',
    });
}

function bridgeOf(networks: Networks, id: string, { IPAM, Options, EnableIPv6 }: NetworkRequest): BridgeFacts {
  const asked = IPAM?.Config ?? [];
  const four = asked.filter(({ Subnet }) => !Subnet || !isIPv6(Subnet.split('/')[0]!));
  const six = asked.filter((config) => !four.includes(config));
  if (four.length > 1 || six.length > 1)
    throw invalid('IPAM.Config: more than one subnet of one family', 'one subnet, and one of IPv6 with EnableIPv6');
  const mtu = Options?.['com.docker.network.driver.mtu'];
  return {
    device: deviceOf(Options) ?? `dn${id.slice(0, 12)}`,
    ...subnetOf(networks, four[0] ?? {}),
    ...(mtu !== undefined && { mtu: mtuOf(mtu) }),
    ...(EnableIPv6 && { ipv6: subnet6Of(networks, six[0]) }),
  };
}

function deviceOf(options: NetworkRequest['Options']): string | undefined {
  const name = options?.['com.docker.network.bridge.name'];
  const why = name === undefined ? undefined : noDeviceName(name);
  if (why !== undefined) throw invalid(`com.docker.network.bridge.name: "${name}" ${why}`, DEVICE_NAMES);
  return name;
}

function subnetOf(networks: Networks, { Subnet, Gateway, IPRange, AuxiliaryAddresses }: IpamConfig) {
  const taken = takenSubnets(networks);
  const subnet = Subnet
    ? parseSubnet(Subnet, 'IPAM.Config.Subnet')
    : freeSubnet(POOLS.user, taken, networks.options.pools);
  if (Subnet) refuseOverlap(subnet, taken);
  const gateway = Gateway ?? textOf(numberOf(subnet.address) + 1);
  if (!isHostIn(gateway, subnet))
    throw invalid(`IPAM.Config.Gateway: "${gateway}" is no address in ${subnetText(subnet)}`, 'one that lies in it');
  const range = IPRange ? parseSubnet(IPRange, 'IPAM.Config.IPRange') : undefined;
  if (range && (range.prefix < subnet.prefix || !overlap(range, subnet)))
    throw invalid(`IPAM.Config.IPRange: "${IPRange}" does not lie in ${subnetText(subnet)}`, 'a part of the subnet');
  const auxiliary = AuxiliaryAddresses ?? {};
  refuseTwice(auxiliary, Gateway);
  return {
    subnet: subnetText(subnet),
    gateway,
    ...(range && { range: subnetText(range) }),
    ...(Object.keys(auxiliary).length > 0 && { auxiliary }),
  };
}

function refuseTwice(auxiliary: Readonly<Record<string, string>>, gateway: string | undefined): void {
  const seen = new Set(gateway === undefined ? [] : [gateway]);
  for (const [name, address] of Object.entries(auxiliary)) {
    if (seen.has(address))
      throw invalid(
        `failed to allocate secondary ip address (${name}:${address}): Address already in use`,
        'an address of its own for each name',
      );
    seen.add(address);
  }
}

function refuseOverlap(subnet: Net, taken: readonly Net[]): void {
  const other = taken.find((one) => overlap(subnet, one));
  if (other)
    throw invalid(
      `Pool overlaps with other one on this address space: ${subnetText(subnet)} and ${subnetText(other)}`,
      'a subnet in which no other network lies and which this machine has no route to',
    );
}

function subnet6Of({ byId }: Networks, config: IpamConfig | undefined): Net6 {
  if (!config?.Subnet) throw invalid('EnableIPv6: no subnet of IPv6 is given', 'one with --subnet, like "fd00:1::/64"');
  const net = parseSubnet6(config.Subnet, config.Gateway);
  const other = [...byId.values()]
    .flatMap(({ bridge }) => bridge?.ipv6?.subnet ?? [])
    .find((one) => overlap6(one, net.subnet));
  if (other)
    throw invalid(`Pool overlaps with other one on this address space: ${net.subnet} and ${other}`, 'another subnet');
  return net;
}

function mtuOf(text: string): number {
  const mtu = Number(text);
  if (Number.isInteger(mtu) && mtu >= 68 && mtu <= 65_535) return mtu;
  throw invalid(`com.docker.network.driver.mtu: "${text}" is no size of a packet`, 'a number from 68 to 65535');
}
