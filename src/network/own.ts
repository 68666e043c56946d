/**
 * The three networks that are always there: `bridge`, `host` and `none`. The first open gives them their ids, and the
 * default bridge its subnet; it keeps that as long as the machine has no other way to it.
 */
import { randomBytes } from 'node:crypto';
import { freeSubnet, isHostIn, parseSubnet, poolNet, POOLS, subnetText } from './addresses.ts';
import { invalid } from './addresses.ts';
import { numberOf, overlap, textOf } from './link/ipv4.ts';
import type { BridgeFacts, Network, Networks, Pool } from './networks.ts';
import { warn } from '../runtime/warning.ts';
import { saveNetwork } from './store.ts';
import { otherWay, takenSubnets, wayText } from './subnets.ts';

const OWN = { bridge: 'bridge', host: 'host', none: 'null' } as const;

/** Whether nobody has made it: then nobody can remove it, and its members have no names. */
export const isOwn = ({ name }: Network): boolean => name in OWN;

/** Whether containers in it know one another by name. */
export const isUserNetwork = (network: Network | undefined): boolean => network?.driver === 'bridge' && !isOwn(network);

export const newId = (): string => randomBytes(32).toString('hex');

/** Makes those that are missing, and gives the default bridge what the options say. */
export function keepOwn(networks: Networks): void {
  for (const [name, driver] of Object.entries(OWN)) {
    const found = [...networks.byId.values()].find((network) => network.name === name);
    const network = found ?? born(name, driver);
    const bridge = driver === 'bridge' ? defaultBridge(networks, found) : undefined;
    if (found && JSON.stringify(bridge) === JSON.stringify(found.bridge)) continue;
    saveNetwork(networks, { ...network, ...(bridge && { bridge }) });
  }
}

function born(name: string, driver: Network['driver']): Network {
  const created = new Date().toISOString();
  return { id: newId(), name, created, driver, isInternal: false, isAttachable: false, labels: {}, options: {} };
}

/** As it is wanted now: with the address of the options, else as it was, else with a subnet that is free. */
function defaultBridge(networks: Networks, found: Network | undefined): BridgeFacts {
  const { bridge: device = 'drydock0', bridgeAddress, mtu, pools } = networks.options;
  const packets = mtu === undefined ? {} : { mtu };
  if (bridgeAddress !== undefined) return { ...asked(device, bridgeAddress), ...packets };
  const had = found?.bridge;
  const isRight = had?.device === device && !otherWay(had) && isFrom(had, pools);
  if (found && had?.device === device && (isRight || isInUse(networks, found)))
    return { device, subnet: had.subnet, gateway: had.gateway, ...packets };
  const subnet = freeSubnet(POOLS.bridge, takenSubnets(networks), pools);
  return { device, subnet: subnetText(subnet), gateway: textOf(numberOf(subnet.address) + 1), ...packets };
}

/** Whether it is where somebody wants it who has named pools. */
function isFrom({ subnet }: BridgeFacts, pools: readonly Pool[] = []): boolean {
  const own = parseSubnet(subnet, 'subnet');
  return pools.length === 0 || pools.some((pool) => pool.size === own.prefix && overlap(own, poolNet(pool)));
}

function asked(device: string, bridgeAddress: string): BridgeFacts {
  const subnet = parseSubnet(bridgeAddress, 'bip');
  const gateway = bridgeAddress.split('/')[0]!;
  if (!isHostIn(gateway, subnet))
    throw invalid(`bip: "${bridgeAddress}" names a network and no address in it`, 'like "10.1.0.1/16"');
  const facts = { device, subnet: subnetText(subnet), gateway };
  // The other way may go before a container comes, and dockerd starts, too.
  const other = otherWay(facts);
  if (other)
    warn(`--bip ${bridgeAddress} collides with ${wayText(other)}: no container can be in the network "bridge"`);
  return facts;
}

export const isInUse = ({ endpoints }: Networks, { id }: Network): boolean =>
  [...endpoints.values()].some((all) => all.some(({ network }) => network === id));
