/**
 * The three texts through which a container knows names: hosts(5), hostname(5), resolv.conf(5).
 *
 * Pure: what the machine has comes in, text goes out. The engine writes them into the container's folder and binds them
 * over /etc; whoever writes one anew while the container runs must do it in place, because the bind is of the file.
 */
import { readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { findNetwork } from './list.ts';
import type { ResolvedLink } from './links.ts';
import { isHostMode } from './mode.ts';
import { isUserNetwork } from './own.ts';
import type { Attached, BridgedClaim, Networks } from './networks.ts';

export interface ContainerTexts {
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
}

/** Where the name server of user networks answers. */
export const NAME_SERVER = '127.0.0.11';

/** All three, as this machine and the container's networks want them. */
export function containerTexts(
  networks: Networks,
  record: Attached,
  claim: BridgedClaim | null,
  links: readonly ResolvedLink[] = [],
): ContainerTexts {
  const { HostConfig, Config } = record;
  const gateway = findNetwork(networks, 'bridge').bridge!.gateway;
  const extra = [...linesOf(HostConfig.ExtraHosts ?? [], gateway), ...links.map(lineOf)];
  const addresses = (claim?.endpoints ?? []).flatMap(({ address, address6 }) => [
    address,
    ...(address6 ? [address6] : []),
  ]);
  return {
    hosts: isHostMode(record) ? hostsOfMachine(extra) : hosts(addresses, Config, extra),
    hostname: `${Config.Hostname ?? ''}\n`,
    resolvConf: resolvConf(networks, record, claim),
  };
}

const FIXED = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** hosts(5): the fixed lines, those that were asked for, and the container itself under each of its addresses. */
export function hosts(
  addresses: readonly string[],
  { Hostname = '', Domainname = '' }: Attached['Config'],
  extra: readonly string[],
): string {
  const full = Domainname ? `${Hostname}.${Domainname}` : Hostname;
  const short = full.split('.', 1)[0]!;
  const names = short === full ? full : `${full} ${short}`;
  return lines([...FIXED, ...extra, ...addresses.map((address) => `${address}\t${names}`)]);
}

/** `name:address`; `host-gateway` is the machine itself, as the default bridge reaches it. */
function linesOf(asked: readonly string[], gateway: string): string[] {
  return asked.map((entry) => {
    const at = entry.indexOf(':');
    const [name, address] = [entry.slice(0, at), entry.slice(at + 1)];
    if (at < 1 || !address)
      throw new DrydockError('NETWORK_INVALID', `bad format for add-host: "${entry}"`, {
        hint: 'a name, a colon and an address, like "db:10.1.2.3"; or "host-gateway" for this machine',
      });
    return `${address === 'host-gateway' ? gateway : address}\t${name}`;
  });
}

const lineOf = ({ address, names }: ResolvedLink): string => `${address}\t${names.join(' ')}`;

/** With the host's network it has the host's names. */
function hostsOfMachine(extra: readonly string[]): string {
  return readIfThere('/etc/hosts') + lines(extra);
}

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

/** What a resolv.conf says, as far as it concerns us. */
export interface Resolving {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

export function parseResolvConf(text: string): Resolving {
  const words = text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  );
  const valuesOf = (...keys: string[]): string[][] =>
    words.filter(([key]) => keys.includes(key!)).map((all) => all.slice(1));
  return {
    servers: valuesOf('nameserver').flatMap(([server]) => (server ? [server] : [])),
    // The last such line holds.
    search: valuesOf('search', 'domain').at(-1) ?? [],
    options: valuesOf('options').flat(),
  };
}

export function resolvConfText({ servers, search, options }: Resolving): string {
  return lines([
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length ? [`search ${search.join(' ')}`] : []),
    ...(options.length ? [`options ${options.join(' ')}`] : []),
  ]);
}

/** resolv.conf(5) as the container’s networks want it: their name server, what was asked for, or what this machine has. */
export function resolvConf(networks: Networks, record: Attached, claim: BridgedClaim | null): string {
  if (isHostMode(record) && !asksForNames(record)) return readIfThere('/etc/resolv.conf');
  const wanted = resolving(networks, record);
  const isAsked = claim?.endpoints.some(({ network }) => isUserNetwork(networks.byId.get(network)));
  if (!isAsked) return resolvConfText(wanted);
  // With ndots:0 a name without a dot is asked as it is, before anything is appended.
  const options = wanted.options.some((option) => option.startsWith('ndots:'))
    ? wanted.options
    : [...wanted.options, 'ndots:0'];
  return resolvConfText({ ...wanted, servers: [NAME_SERVER], options });
}

const asksForNames = ({ HostConfig: { Dns, DnsSearch, DnsOptions } }: Attached): boolean =>
  [Dns, DnsSearch, DnsOptions].some((list) => list?.length);

/** The servers, domains and options for a container: its own, else the engine's, else the machine's. */
export function resolving({ options }: Networks, { HostConfig }: Attached): Resolving {
  const machine = machineResolving();
  const first = (...lists: (readonly string[] | null | undefined)[]): readonly string[] =>
    lists.find((list) => list?.length) ?? [];
  const search = first(HostConfig.DnsSearch, options.dnsSearch, machine.search);
  return {
    servers: first(HostConfig.Dns, options.dns, machine.servers),
    // `--dns-search .` is nothing at all.
    search: search.length === 1 && search[0] === '.' ? [] : search,
    options: first(HostConfig.DnsOptions, options.dnsOptions, machine.options),
  };
}

/** Whom the name server asks: it runs on the machine, and so may ask what listens on the machine's loopback. */
export function serversToAsk({ options }: Networks, { HostConfig }: Attached): readonly string[] {
  const asked = [HostConfig.Dns, options.dns].find((list) => list?.length);
  return asked ?? parseResolvConf(readIfThere('/etc/resolv.conf')).servers;
}

const PUBLIC_SERVERS = ['8.8.8.8', '8.8.4.4'];

/** The machine's, without servers that listen on its loopback: in a container that is another one. */
function machineResolving(): Resolving {
  const own = parseResolvConf(readIfThere('/etc/resolv.conf'));
  // systemd-resolved keeps those that it asks itself in a file of its own.
  const isStub = own.servers.length === 1 && own.servers[0] === '127.0.0.53';
  const all = isStub ? parseResolvConf(readIfThere('/run/systemd/resolve/resolv.conf')) : own;
  const servers = all.servers.filter((server) => !server.startsWith('127.') && server !== '::1');
  return { ...all, servers: servers.length ? servers : PUBLIC_SERVERS };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
