/**
 * Which ports of the host lead to which of a container: what was asked for (`-p`, `-P`) against what is taken.
 *
 * Docker's JSON says `{"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}`; a host port may be empty (any that is free) or a
 * range (the first in it that is free).
 */
import { isIPv4, isIPv6 } from 'node:net';
import { readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import type { Attached, PortBinding, PublishedPort } from './networks.ts';
import { isAnyAddress } from './firewall/rules.ts';
import { bytesOf, isMapped, textOf } from './link/ipv6.ts';

/** A port of a container, and where on the host somebody wants it. */
export interface WantedPort {
  readonly protocol: PublishedPort['protocol'];
  readonly port: number;
  readonly hostAddress: string;
  /** Nobody has named an address: those of IPv6 too, if there is a way from them. */
  readonly isEverywhere?: boolean;
  /** The first and the last that would do; undefined: any. */
  readonly hostPorts?: readonly [number, number];
}

/** What a record asks to have published. Throws PORT_INVALID, with the field. */
export function wantedPorts({ Config, HostConfig }: Attached, fallbackAddress = '0.0.0.0'): WantedPort[] {
  const asked = Object.entries(HostConfig.PortBindings ?? {});
  const bound = asked.flatMap(([key, bindings]) =>
    (bindings ?? []).map((binding) => wantedPort(key, binding, fallbackAddress)),
  );
  if (!HostConfig.PublishAllPorts) return bound;
  const isBound = new Set(asked.map(([key]) => withProtocol(key)));
  const others = Object.keys(Config.ExposedPorts ?? {}).filter((key) => !isBound.has(withProtocol(key)));
  return [...bound, ...others.map((key) => wantedPort(key, {}, fallbackAddress))];
}

/** `80` is `80/tcp`. */
export const withProtocol = (key: string): string => (key.includes('/') ? key : `${key}/tcp`);

function wantedPort(key: string, { HostIp = '', HostPort = '' }: PortBinding, fallback: string): WantedPort {
  const [, port, protocol] = /^(\d{1,5})\/(tcp|udp|sctp)$/.exec(withProtocol(key)) ?? [];
  if (!port || !isPort(Number(port))) throw invalid(`"${key}" is no port`, 'one from 1 to 65535, like "80/tcp"');
  return {
    protocol: protocol as PublishedPort['protocol'],
    port: Number(port),
    hostAddress: hostAddress(key, HostIp || fallback),
    isEverywhere: !HostIp && fallback === '0.0.0.0',
    hostPorts: hostPorts(key, HostPort),
  };
}

function hostAddress(key: string, text: string): string {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%'))
    throw invalid(`${key}: HostIp: "${text}" is no address`, 'an address of this machine, like "127.0.0.1"');
  const bytes = bytesOf(text);
  if (isMapped(bytes)) return [...bytes.subarray(12)].join('.');
  const address = textOf(bytes);
  // bind(2) wants to know of these on which link.
  if (/^fe[89ab]/.test(address))
    throw invalid(`${key}: HostIp: "${text}" is of one link`, 'an address that is not link-local');
  return address;
}

function hostPorts(key: string, text: string): WantedPort['hostPorts'] {
  if (text === '' || text === '0') return undefined;
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = [Number(first), Number(last)] as const;
  if (!range.every(isPort) || range[0] > range[1])
    throw invalid(`${key}: HostPort: "${text}" is no port and no range`, 'like "8080" or "8000-8010"');
  return range;
}

const isPort = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= 65_535;

function invalid(message: string, hint: string): DrydockError {
  return new DrydockError('PORT_INVALID', message, { hint });
}

/** Whether two published ports want the same packets: `0.0.0.0` wants those of every address. */
export function collide(one: PublishedPort, other: PublishedPort): boolean {
  const { protocol, hostPort, hostAddress } = other;
  if (one.protocol !== protocol || one.hostPort !== hostPort) return false;
  if (isIPv6(one.hostAddress) !== isIPv6(hostAddress)) return false;
  return one.hostAddress === hostAddress || isAnyAddress(one.hostAddress) || isAnyAddress(hostAddress);
}

/** Ports that are somebody's, to be found by their number: a range may have thousands, each of which asks for all others. */
export class TakenPorts {
  private readonly byNumber = new Map<string, PublishedPort[]>();

  add(ports: readonly PublishedPort[]): void {
    for (const port of ports) {
      const others = this.byNumber.get(numberOf(port));
      if (others) others.push(port);
      else this.byNumber.set(numberOf(port), [port]);
    }
  }

  has(port: PublishedPort): boolean {
    return this.byNumber.get(numberOf(port))?.some((other) => collide(port, other)) ?? false;
  }
}

const numberOf = ({ protocol, hostPort }: PublishedPort): string => `${hostPort}/${protocol}`;

/**
 * Chooses a port of the host, the same on each of these addresses: the first of which `take` takes them all, and does not
 * answer with one that is taken. Throws PORT_IN_USE.
 */
export function choosePort(
  { protocol, port, hostPorts }: WantedPort,
  hostAddresses: readonly string[],
  take: (all: readonly PublishedPort[]) => PublishedPort | undefined,
  range: readonly [number, number],
): readonly PublishedPort[] {
  const [first, last] = hostPorts ?? range;
  let taken: PublishedPort | undefined;
  for (let hostPort = first; hostPort <= last; hostPort++) {
    const all = hostAddresses.map((hostAddress) => ({ protocol, hostAddress, hostPort, port }));
    taken = take(all);
    if (!taken) return all;
  }
  throw inUse({ ...taken!, hostPort: first }, last);
}

/** The error for a port that is somebody else's, or for all from there to the last. */
export function inUse({ protocol, hostAddress, hostPort: first }: PublishedPort, last = first): DrydockError {
  const which = first === last ? `port ${first}` : `every port from ${first} to ${last}`;
  // Docker's words: scripts look for "port is already allocated".
  const bind = `Bind for ${hostAddress}:${first}${first === last ? '' : `-${last}`} failed: port is already allocated`;
  return new DrydockError('PORT_IN_USE', bind, {
    hint: `${which} of ${protocol} is taken, by a container (\`drydock ps\`) or by a program (\`ss -lntup\`)`,
  });
}

/** Where the kernel takes ports from for its own connections: Docker takes those of `-P` from there. */
export function ephemeralRange(): readonly [number, number] {
  const [first, last] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
  return [first!, last!];
}
