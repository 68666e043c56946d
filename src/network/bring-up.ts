/**
 * A network in the kernel: its bridge, its rules. Made when its first container comes, looked after once by each engine,
 * taken down when nobody is in it any more.
 *
 * Every step looks first, so that what a crash has left half made is finished. The rules come before the bridge is up:
 * there is no moment at which somebody in it hears a network that he should not.
 */
import { DrydockError } from '../errors.ts';
import { withNetlink, type Netlink } from '../linux/netlink.ts';
import { invalid, macFor, parseSubnet } from './addresses.ts';
import { firewall, firewallIfAny } from './firewall/firewall.ts';
import { networkRules, relayRefusals, type Policy } from './firewall/rules.ts';
import { addAddress, addresses } from './link/addresses.ts';
import { makeBridge } from './link/bridge.ts';
import { confine, setSetting } from './link/confine.ts';
import { findLink, linkNamed, links, removeLink, setAlias, setUp, type Link } from './link/links.ts';
import type { BridgeFacts, Network, Networks } from './networks.ts';
import { isOwn } from './own.ts';
import { relayedPorts } from './relay.ts';
import { otherWay, wayText } from './subnets.ts';

/** The number of the network's bridge, which is up when this returns. Throws LINK_IN_USE, NETWORK_INVALID, SYSCALL. */
export function bringUp(networks: Networks, net: Netlink, network: Network): number {
  const bridge = network.bridge!;
  const there = findLink(net, bridge.device);
  if (there?.isUp && networks.up.has(network.id)) return there.index;
  if (there && there.mac !== macFor(bridge.gateway)) throw notOurs(bridge);
  if (there && isOfAnother(there, network) && isUsed(net, there)) throw anotherEngine(bridge);
  refuseCollision(networks, network);
  layRules(networks, network, bridge);
  if (!there) makeBridge(net, bridge.device, macFor(bridge.gateway), bridge.mtu);
  const link = linkNamed(net, bridge.device);
  const { index } = link;
  setAlias(net, link, aliasOf(network));
  tune(bridge);
  giveAddresses(net, index, bridge);
  setUp(net, bridge.device);
  networks.up.add(network.id);
  return index;
}

/** Takes it out of the kernel: idempotent, also when it never was in there. */
export function takeDown(networks: Networks, network: Network): void {
  const { id, bridge } = network;
  if (!bridge) return;
  networks.up.delete(id);
  withNetlink(undefined, (net) => {
    const there = findLink(net, bridge.device);
    if (!there || there.mac !== macFor(bridge.gateway) || isOfAnother(there, network)) return;
    firewallIfAny()?.leaveOthers(bridge.device, id);
    removeLink(net, there);
  });
  const there = firewallIfAny();
  there?.replaceRules('ip', id, []);
  if (bridge.ipv6) there?.replaceRules('ip6', id, []);
  there?.removeAll();
}

/** The way out is in the sentence itself, where it is an option of the engine's: see linkInUse. */
function refuseCollision({ options }: Networks, network: Network): void {
  const { subnet } = network.bridge!;
  const other = otherWay(network.bridge!);
  if (!other) return;
  const what = `the subnet ${subnet} of the network "${network.name}" collides with ${wayText(other)}, which this machine has a route to`;
  if (!isOwn(network)) throw invalid(what, 'make the network anew with another --subnet');
  const bip = options.bridgeAddress === undefined ? 'or with --bip ADDRESS/BITS' : 'with another --bip ADDRESS/BITS';
  const when = options.bridgeAddress === undefined ? ' without containers,' : '';
  throw invalid(`${what}; start the engine anew${when} ${bip}`, '"bip" in daemon.json says the same');
}

/** Before a relay begins, and after it has ended: internal networks do not reach it. Of those that are up; idempotent. */
export function shutRelays(networks: Networks): void {
  for (const network of networks.byId.values())
    if (network.isInternal && network.bridge?.ipv6 && networks.up.has(network.id)) laySix(networks, network);
}

function layRules(networks: Networks, network: Network, bridge: BridgeFacts): void {
  const ours = firewall();
  ours.replaceRules('ip', network.id, networkRules(bridge, policyOf(network), 'ip'));
  if (bridge.ipv6) laySix(networks, network);
  ours.guardBridges();
  ours.passOthers(bridge.device, network.id);
}

function laySix(networks: Networks, network: Network): void {
  const bridge = network.bridge!;
  const refused = network.isInternal ? relayRefusals(bridge, relayedPorts(networks)) : [];
  firewall().replaceRules('ip6', network.id, [...networkRules(bridge, policyOf(network), 'ip6'), ...refused]);
}

function policyOf({ isInternal, options }: Network): Policy {
  const isOn = (name: string): boolean => options[`com.docker.network.bridge.${name}`] !== 'false';
  return { isInternal, masquerade: isOn('enable_ip_masquerade'), icc: isOn('enable_icc') };
}

function tune({ device, ipv6 }: BridgeFacts): void {
  confine(device, Boolean(ipv6));
  // The host reaches published ports from 127.0.0.1; the rules keep everybody else from using it.
  setSetting(`ipv4/conf/${device}/route_localnet`, '1');
  setSetting('ipv4/ip_forward', '1');
  if (ipv6) setSetting('ipv6/conf/all/forwarding', '1');
}

function giveAddresses(net: Netlink, index: number, { subnet, gateway, ipv6 }: BridgeFacts): void {
  if (addresses(net).some(({ link }) => link === index)) return;
  // IPv6 first: what is there if the second call is not reached is made again.
  if (ipv6) addAddress(net, { link: index, address: ipv6.gateway, prefix: Number(ipv6.subnet.split('/')[1]) });
  addAddress(net, { link: index, address: gateway, prefix: parseSubnet(subnet, 'subnet').prefix });
}

/** Two engines have different networks of one name: what is written on a bridge tells whose it is. */
const aliasOf = ({ id }: Network): string => `drydock network ${id}`;

/** One without a word was made by somebody who was killed before he could write it. */
const isOfAnother = ({ alias }: Link, network: Network): boolean => alias !== '' && alias !== aliasOf(network);

const isUsed = (net: Netlink, { index }: Link): boolean => links(net).some(({ master }) => master === index);

function anotherEngine({ device }: BridgeFacts): DrydockError {
  return linkInUse(`the bridge ${device} belongs to another engine, whose containers are in it`);
}

function notOurs({ device, gateway }: BridgeFacts): DrydockError {
  return linkInUse(
    `a device ${device} is there, and it is not the bridge with ${gateway}: another engine may have it`,
    `\`ip -d addr show ${device}\` tells what it is; "bridge" and "bip" in daemon.json say the same as the two options`,
  );
}

/** The way out is in the sentence itself: Docker's clients show nothing else of an error. */
function linkInUse(what: string, hint?: string): DrydockError {
  const way =
    'start this engine with a bridge and a subnet of its own: drydock daemon --bridge NAME --bip ADDRESS/BITS';
  return new DrydockError('LINK_IN_USE', `${what}; ${way}`, { hint });
}
