/**
 * `--network`: a mode, the name of a network, or a network with what the container is in it.
 *
 *     none  host  bridge  container:NAME  mine
 *     name=mine,alias=db,ip=172.30.0.9,ip6=…,mac-address=…,link-local-ip=…,driver-opt=key=value,gw-priority=1
 */
import { CommandFailure } from './failure.ts';
import { pairOf } from './flags.ts';

export interface NetworkWish {
  target: string;
  aliases: string[];
  links: string[];
  linkLocal: string[];
  ip?: string;
  ip6?: string;
  mac?: string;
  options?: Record<string, string>;
  priority?: number;
}

type Key = (wish: NetworkWish, value: string) => unknown;

const keys: Readonly<Record<string, Key>> = {
  name: (wish, value) => (wish.target = value),
  alias: (wish, value) => wish.aliases.push(value),
  ip: (wish, value) => (wish.ip = value),
  ip6: (wish, value) => (wish.ip6 = value),
  'mac-address': (wish, value) => (wish.mac = value),
  'link-local-ip': (wish, value) => wish.linkLocal.push(value),
  'driver-opt': (wish, value) => (wish.options = { ...wish.options, ...pairOf(value) }),
  'gw-priority': (wish, value) => (wish.priority = Number(value)),
};

export function networkOf(text: string): NetworkWish {
  const wish: NetworkWish = { target: '', aliases: [], links: [], linkLocal: [] };
  if (!text.includes('=')) return { ...wish, target: text };
  for (const field of text.split(',')) {
    const equals = field.indexOf('=');
    const key = field.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    if (equals < 0) throw new Error(`invalid field ${field}`);
    if (!Object.hasOwn(keys, key)) throw new Error(`invalid field key ${key}`);
    keys[key]!(wish, field.slice(equals + 1).trim());
  }
  if (wish.target === '') throw new Error('network name/id is not specified');
  return wish;
}

/** Whether a network of somebody's is meant, not a mode. */
const isUsers = (name: string): boolean =>
  !['', 'default', 'bridge', 'host', 'none'].includes(name) && !name.startsWith('container:');

/** The API's endpoints. What the older options say (`--ip`, `--network-alias` …) is about the first network. */
export function endpointsOf(wishes: readonly NetworkWish[]): Record<string, object> {
  const users = wishes.filter(({ target }) => isUsers(target));
  if (users.length > 0 && users.length < wishes.length)
    throw new CommandFailure(
      'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
      125,
    );
  const endpoints: Record<string, object> = {};
  for (const wish of wishes) {
    if (Object.hasOwn(endpoints, wish.target))
      throw new CommandFailure(`network "${wish.target}" is specified multiple times`, 125);
    const endpoint = endpointOf(wish);
    if (wishes.length > 1 || endpoint) endpoints[wish.target] = endpoint ?? {};
  }
  return endpoints;
}

function endpointOf({
  target,
  aliases,
  links,
  linkLocal,
  ip,
  ip6,
  mac,
  options,
  priority,
}: NetworkWish): object | undefined {
  if (aliases.length > 0 && !isUsers(target))
    throw new CommandFailure('network-scoped aliases are only supported for user-defined networks', 125);
  const IPAMConfig = {
    ...(ip && { IPv4Address: ip }),
    ...(ip6 && { IPv6Address: ip6 }),
    ...(linkLocal.length > 0 && { LinkLocalIPs: linkLocal }),
  };
  const endpoint = {
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...(links.length > 0 && isUsers(target) && { Links: links }),
    ...(Object.keys(IPAMConfig).length > 0 && { IPAMConfig }),
    ...(mac && { MacAddress: mac }),
    ...(options && { DriverOpts: options }),
    ...(priority && { GwPriority: priority }),
  };
  return Object.keys(endpoint).length > 0 ? endpoint : undefined;
}

/** `NAME:IP`, also written `NAME=IP` and with brackets around an address of IPv6. */
export function hostOf(text: string): string {
  const at = text.includes('=') ? text.indexOf('=') : text.indexOf(':');
  const [name, address] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1).replace(/^\[(.*)\]$/, '$1')];
  if (name === '' || address === '') throw new Error(`bad format for add-host: "${text}"`);
  return `${name}:${address}`;
}
