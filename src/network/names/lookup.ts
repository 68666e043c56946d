/** Who is called so? Names are known within a network: a container hears those of its own networks, and no others. */
import { isUserNetwork } from '../own.ts';
import type { Endpoint, Networks } from '../networks.ts';
import { types } from './message.ts';

/**
 * What a container is told about a name: addresses, or for an address the name of who has it. Empty: the name is known,
 * and has none of this kind. Undefined: nobody here knows, and the world may be asked.
 */
export function lookUp(networks: Networks, container: string, name: string, type: number): string[] | undefined {
  const own = (networks.endpoints.get(container) ?? []).filter(({ network }) =>
    isUserNetwork(networks.byId.get(network)),
  );
  if (type === types.PTR) return nameOf(networks, own, name);
  const found = own.flatMap((endpoint) => called(networks, endpoint, name));
  if (!found.length) return undefined;
  if (type === types.A) return shuffled(found.map(({ address }) => address));
  if (type === types.AAAA) return shuffled(found.flatMap(({ address6 }) => (address6 ? [address6] : [])));
  return [];
}

/** Those in an endpoint's network that are called so, also with the network's name behind a dot. */
function called(networks: Networks, own: Endpoint, name: string): Endpoint[] {
  const suffix = `.${networks.byId.get(own.network)!.name.toLowerCase()}`;
  const short = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  const [, linked] = Object.entries(own.links).find(([alias]) => alias.toLowerCase() === short) ?? [];
  const wanted = (linked ?? short).toLowerCase();
  return neighbours(networks, own).filter(({ names }) => names.some((one) => one.toLowerCase() === wanted));
}

function neighbours({ endpoints }: Networks, own: Endpoint): Endpoint[] {
  return [...endpoints.values()].flat().filter(({ network }) => network === own.network);
}

/** `2.0.215.10.in-addr.arpa` is 10.215.0.2, backwards. */
function nameOf(networks: Networks, own: readonly Endpoint[], name: string): string[] | undefined {
  const [, reversed] = /^([\d.]+)\.in-addr\.arpa$/.exec(name) ?? [];
  const address = reversed?.split('.').reverse().join('.');
  for (const one of own) {
    const found = neighbours(networks, one).find((other) => other.address === address);
    if (found) return [`${found.names[0]}.${networks.byId.get(one.network)!.name}`];
  }
  return undefined;
}

/** Several of one name are taken in turn: most programs take the first. */
function shuffled(all: readonly string[]): string[] {
  const at = Math.floor(Math.random() * all.length);
  return [...all.slice(at), ...all.slice(0, at)];
}
