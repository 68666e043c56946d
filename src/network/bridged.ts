/**
 * A container's place in networks: cables, addresses, published ports, a name server (bridge(8), veth(4), nft(8)).
 *
 * What it takes was decided by endpoints.ts and is its claim. Everything on the host's side is made before the process
 * exists; when it is born, each cable is made with its far end in the container's namespace, and only then something
 * can be heard of it. In the other direction it falls silent, and then the cable goes, aside (pull-out.ts).
 */
import { closeSync, openSync } from 'node:fs';
import { isSyscallError } from '../linux/calls.ts';
import { O_CLOEXEC, O_RDONLY } from '../linux/constants.ts';
import { ENODEV } from '../linux/errno.ts';
import { withNetlink, type Netlink } from '../linux/netlink.ts';
import type { Isolator } from '../runtime/isolator.ts';
import { isNew } from '../runtime/namespaces.ts';
import { bringUp, shutRelays } from './bring-up.ts';
import { abandon } from './endpoints.ts';
import { firewall, firewallIfAny } from './firewall/firewall.ts';
import { familyOf, portRules, refusals } from './firewall/rules.ts';
import { addAddress, addDefaultRoute } from './link/addresses.ts';
import { allowHairpin, plugCable, withoutOwnAddress } from './link/bridge.ts';
import { confine } from './link/confine.ts';
import { findLink, linkNamed, removeLink, setUp } from './link/links.ts';
import { serveNames, stopServing } from './names/server.ts';
import type { BridgedClaim, Endpoint, Networks } from './networks.ts';
import { pullOut } from './pull-out.ts';
import { endRelay, hasRelay, isRelayed, tendRelay } from './relay.ts';

/**
 * Behind `network` in a stack. With a claim it makes what the claim says; without one it only gives back, and without
 * `networks` too: for a container whose engine is gone.
 */
export function bridged(networks?: Networks, claim: BridgedClaim | null = null): Isolator<BridgedClaim | null> {
  return {
    name: 'bridged',
    summary: 'addresses, ports and names in networks of its own',
    requires: ['network'],
    claim: () => claim,
    prepare(mine) {
      if (!mine || !networks) return;
      for (const endpoint of mine.endpoints) makeHostSide(networks, endpoint);
    },
    at: {
      async born(mine, { proc, spec, host }) {
        // Whoever is born into a container that runs finds its networks as they are.
        if (!mine || !networks || !isNew(spec, 'network')) return;
        for (const endpoint of mine.endpoints) plugIn(endpoint, `${proc}/ns/net`, endpoint === exitOf(mine.endpoints));
        if (publishes(mine)) shutRelays(networks);
        await tendRelay(networks, host.stateDir, mine.endpoints);
        await serveNames(networks, mine, `${proc}/ns/net`);
      },
    },
    async release(mine, { stateDir }) {
      if (!mine) return;
      // First: what it calls may be somebody else's address afterwards.
      await endRelay(stateDir);
      if (!networks) return mine.endpoints.forEach(removeEndpoint);
      mine.endpoints.forEach(hush);
      stopServing(networks, mine.container);
      abandon(networks, mine);
      pullOut(networks, mine);
      if (publishes(mine)) shutRelays(networks);
    },
  };
}

const publishes = ({ endpoints }: BridgedClaim): boolean => endpoints.some(({ ports }) => ports.length > 0);

/** The endpoint that the default route goes through: the first that has a way out. */
export const exitOf = (all: readonly Endpoint[]): Endpoint | undefined => all.find(({ gateway }) => gateway !== null);

/** The bridge, the ports, and the right to speak: all that an endpoint needs of the host, but the cable. */
export function makeHostSide(networks: Networks, endpoint: Endpoint): void {
  const ours = firewall();
  withNetlink(undefined, (net) => bringUp(networks, net, networks.byId.get(endpoint.network)!));
  ours.letSpeak(endpoint);
  openPorts(networks, endpoint);
}

/** The rules of its published ports, by family, but of those that a relay alone leads; none of an old try are left. */
function openPorts(networks: Networks, endpoint: Endpoint): void {
  const { id, address, address6 } = endpoint;
  const ports = endpoint.ports.filter((port) => !isRelayed(port, endpoint));
  const four = ports.filter(({ hostAddress }) => familyOf(hostAddress) === 'ip');
  const six = ports.filter((port) => !four.includes(port));
  if (four.length)
    firewall().replaceRules(
      'ip',
      id,
      four.flatMap((port) => portRules(port, address)),
    );
  if (six.length && address6)
    firewall().replaceRules(
      'ip6',
      id,
      six.flatMap((port) => [
        ...portRules(port, address6),
        ...(hasRelay(networks, port, endpoint) ? [] : refusals(port)),
      ]),
    );
}

/** The cable into the container's namespace, and everything at its end. The order is the point: see plugIn of the cable. */
export function plugIn(endpoint: Endpoint, path: string, isExit: boolean): void {
  const namespace = openSync(path, O_RDONLY | O_CLOEXEC);
  try {
    withNetlink(undefined, (net) => {
      plugCable(net, linkNamed(net, endpoint.bridge).index, endpoint, namespace);
      if (endpoint.ports.length) allowHairpin(net, endpoint.link);
    });
  } finally {
    closeSync(namespace);
  }
  confine(endpoint.link);
  withNetlink(path, (net) => furnish(net, endpoint, isExit));
}

function furnish(net: Netlink, endpoint: Endpoint, isExit: boolean): void {
  const { device, address, prefix, address6, prefix6 } = endpoint;
  const { index } = linkNamed(net, device);
  withoutOwnAddress(net, index);
  addAddress(net, { link: index, address, prefix });
  if (address6) addAddress(net, { link: index, address: address6, prefix: prefix6 });
  setUp(net, device);
  if (isExit) leadOut(net, endpoint);
}

/** The default route goes through this endpoint. */
export function leadOut(net: Netlink, { device, gateway, gateway6 }: Endpoint): void {
  const { index } = linkNamed(net, device);
  if (gateway) addDefaultRoute(net, index, gateway);
  if (gateway6) addDefaultRoute(net, index, gateway6);
}

/** Gives one back: idempotent, also after half of it. */
export function removeEndpoint(endpoint: Endpoint): void {
  withNetlink(undefined, (net) => {
    const link = findLink(net, endpoint.link);
    if (link) removeIfThere(net, link);
  });
  hush(endpoint);
}

/** Nothing is heard from it any more, and its ports lead nowhere. */
function hush(endpoint: Endpoint): void {
  const ours = firewallIfAny();
  ours?.silence(endpoint);
  if (!endpoint.ports.length) return;
  ours?.replaceRules('ip', endpoint.id, []);
  if (endpoint.address6) ours?.replaceRules('ip6', endpoint.id, []);
}

// It goes with the container's namespace, too, and that may happen at this moment.
function removeIfThere(net: Netlink, link: Parameters<typeof removeLink>[1]): void {
  try {
    removeLink(net, link);
  } catch (error) {
    if (!isSyscallError(error, ENODEV)) throw error;
  }
}
