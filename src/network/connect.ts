/**
 * A container comes into a network, or leaves it, while it runs. Its claim on the disk changes with it: before anything
 * is made, and after everything is gone, so that at every moment the claim has all that there is.
 *
 * Of one that does not run only the record changes, and that is the engine's: here is said whether it may.
 */
import { DrydockError } from '../errors.ts';
import { withNetlink } from '../linux/netlink.ts';
import { readClaims, saveClaims, stateDir } from '../runtime/state.ts';
import { tendPorts } from './adopt.ts';
import { exitOf, leadOut, makeHostSide, plugIn, removeEndpoint } from './bridged.ts';
import { nameOf, place, remember } from './endpoints.ts';
import { letGo } from './held.ts';
import { findNetwork } from './list.ts';
import { modeOf } from './mode.ts';
import { serveNames, stopServing } from './names/server.ts';
import type { Attached, BridgedClaim, Endpoint, EndpointSettings, Network, Networks } from './networks.ts';
import { isUserNetwork } from './own.ts';
import { isRelayed, mayRelay } from './relay.ts';
import { endpointSettings } from './settings.ts';

/** A container that runs. */
export interface Running {
  readonly pid: number;
}

/**
 * What it has got there; what was asked, for one that does not run. Throws NO_SUCH_NETWORK, WRONG_STATE, and what
 * `endpoints` throws.
 */
export async function connect(
  networks: Networks,
  name: string,
  record: Attached,
  settings: EndpointSettings,
  running?: Running,
): Promise<EndpointSettings> {
  const network = findNetwork(networks, name);
  refuse(record, network);
  const before = networks.endpoints.get(record.Id) ?? [];
  if (running ? before.some((one) => one.network === network.id) : network.name in record.NetworkSettings.Networks)
    throw wrong(
      `endpoint with name ${nameOf(record)} already exists in network ${network.name}`,
      'a container is in a network once: disconnect it first, to have it there in another way',
    );
  if (!running) return settings;
  const endpoint = place(networks, record, network, settings, before);
  const claim = save(networks, record, [...before, endpoint]);
  const namespace = `/proc/${running.pid}/ns/net`;
  try {
    makeHostSide(networks, endpoint);
    plugIn(endpoint, namespace, endpoint === exitOf(claim.endpoints));
    if (!networks.names.has(record.Id)) await serveNames(networks, claim, namespace);
  } catch (error) {
    removeEndpoint(endpoint);
    save(networks, record, before);
    throw error;
  }
  const asked = { ...record.NetworkSettings.Networks, [network.name]: settings };
  return endpointSettings(networks, { ...record, NetworkSettings: { Networks: asked } }, network.name, endpoint);
}

/**
 * Takes it out. If the way out and the published ports were there, they move to the next network that has a way out.
 * Throws NO_SUCH_NETWORK, WRONG_STATE.
 */
export async function disconnect(networks: Networks, name: string, record: Attached, running?: Running): Promise<void> {
  const network = findNetwork(networks, name);
  if (network.driver === 'host')
    throw wrong('container cannot be disconnected from host network or connected to host network', 'make it anew');
  const before = networks.endpoints.get(record.Id) ?? [];
  const endpoint = before.find((one) => one.network === network.id);
  if (running ? !endpoint : !(network.name in record.NetworkSettings.Networks))
    throw wrong(
      `container ${record.Id} is not connected to network ${network.name}`,
      '`drydock inspect` shows its networks',
    );
  if (!running || !endpoint) return;
  removeEndpoint(endpoint);
  const rest = before.filter((one) => one !== endpoint);
  const isExit = endpoint === exitOf(before);
  await tendPorts(networks, save(networks, record, isExit ? moveExit(networks, endpoint, rest, running) : rest));
  if (!rest.some((one) => isUserNetwork(networks.byId.get(one.network)))) stopServing(networks, record.Id);
}

/** The same endpoints, of which another one is the way out now and has the ports. */
function moveExit(networks: Networks, gone: Endpoint, rest: readonly Endpoint[], { pid }: Running): Endpoint[] {
  const next = exitOf(rest);
  if (!next) {
    letGo(networks.held, gone.ports);
    return [...rest];
  }
  // Where this one has no IPv6, ports of it are left that no relay may lead.
  const ports = gone.ports.filter((port) => !isRelayed(port, next) || mayRelay(networks, port));
  letGo(
    networks.held,
    gone.ports.filter((port) => !ports.includes(port)),
  );
  const exit = { ...next, ports };
  makeHostSide(networks, exit);
  withNetlink(`/proc/${pid}/ns/net`, (net) => leadOut(net, exit));
  return rest.map((one) => (one === next ? exit : one));
}

/** The container has another name: its networks call it so from now on. */
export function renamed(networks: Networks, record: Attached, oldName: string): void {
  const all = networks.endpoints.get(record.Id);
  if (!all) return;
  const old = oldName.replace(/^\//, '');
  const own = nameOf(record);
  const newNames = (names: readonly string[]): string[] => names.map((name) => (name === old ? own : name));
  save(
    networks,
    record,
    all.map((one) => ({ ...one, names: newNames(one.names) })),
  );
}

/** Changes the claim in memory and on the disk. */
function save(networks: Networks, record: Attached, all: readonly Endpoint[]): BridgedClaim {
  const claim = remember(networks, record, all);
  const dir = stateDir(networks.run, record.Id);
  const saved = readClaims(dir);
  if (saved) saveClaims(dir, saved.id, { ...saved.claims, bridged: claim });
  return claim;
}

function refuse(record: Attached, { driver }: Network): void {
  const mode = modeOf(record);
  if (mode === 'host' || driver === 'host')
    throw wrong('container cannot be disconnected from host network or connected to host network', 'make it anew');
  if (mode === 'none' || driver === 'null')
    throw wrong(
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
      'make it anew, without --net none',
    );
  if (mode.startsWith('container:'))
    throw wrong(
      'container sharing network namespace with another container or host cannot be connected to any other network',
      'connect the container whose network it shares',
    );
}

const wrong = (message: string, hint: string): DrydockError => new DrydockError('WRONG_STATE', message, { hint });
