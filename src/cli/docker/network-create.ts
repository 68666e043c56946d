/** `network create`: a network of one’s own, apart from all others. */
import { command, one } from './command.ts';
import { labels } from './env-file.ts';
import { CommandFailure } from './failure.ts';
import { commas, list, pairs, text, toggle, type Values } from './flags.ts';
import { print } from './print.ts';

const flags = {
  attachable: toggle('containers may be put into it by hand'),
  'aux-address': pairs('NAME=IP, addresses that others have'),
  'config-from': text('a network whose settings it takes'),
  'config-only': toggle('settings for others, and no network'),
  driver: text('who makes it', { short: 'd', fallback: 'bridge' }),
  gateway: commas('its gateway, one for each subnet'),
  ingress: toggle('for a swarm'),
  internal: toggle('no way out'),
  'ip-range': commas('addresses for containers, a part of the subnet'),
  'ipam-driver': text('who gives addresses', { fallback: 'default' }),
  'ipam-opt': pairs('NAME=VALUE for whoever gives addresses'),
  ipv4: toggle('addresses of IPv4', { fallback: true }),
  ipv6: toggle('also addresses of IPv6'),
  label: list('NAME=VALUE, for whoever looks for it'),
  opt: pairs('NAME=VALUE for the driver', { short: 'o' }),
  scope: text('how far it reaches: local'),
  subnet: commas('its addresses: 172.30.0.0/16'),
};

export const verb = command({
  usage: '[OPTIONS] NETWORK',
  about: 'Makes a network.',
  words: one,
  flags,
  async run({ client, flags: asked, given, words: [Name = ''] }) {
    const body = {
      Name,
      CheckDuplicate: true,
      Driver: asked.driver,
      Scope: asked.scope,
      EnableIPv4: given.has('ipv4') ? asked.ipv4 : undefined,
      EnableIPv6: given.has('ipv6') ? asked.ipv6 : undefined,
      IPAM: { Driver: asked['ipam-driver'], Options: asked['ipam-opt'], Config: subnetsOf(asked) },
      Internal: asked.internal,
      Attachable: asked.attachable,
      Ingress: asked.ingress,
      ConfigOnly: asked['config-only'],
      ConfigFrom: asked['config-from'] ? { Network: asked['config-from'] } : undefined,
      Options: asked.opt,
      Labels: labels([], asked.label),
    };
    const { Id } = await client.json<{ Id: string }>('POST', '/networks/create', { body });
    print(`${Id}\n`);
  },
});

interface Subnet {
  Subnet: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

/** Gateways, ranges and other people's addresses belong to the subnet that they lie in. */
function subnetsOf(asked: Values<typeof flags>): Subnet[] {
  const subnets: Subnet[] = asked.subnet.map((Subnet) => ({ Subnet }));
  if (asked['ip-range'].length > subnets.length || asked.gateway.length > subnets.length)
    throw new CommandFailure('every ip-range or gateway must have a corresponding subnet');
  const holder = (address: string, what: string): Subnet => {
    const found = subnets.find(({ Subnet }) => lies(address, Subnet));
    if (found) return found;
    throw new CommandFailure(`no matching subnet for ${what} ${address}`);
  };
  for (const range of asked['ip-range']) holder(range, 'range').IPRange = range;
  for (const gateway of asked.gateway) holder(gateway, 'gateway').Gateway = gateway;
  for (const [name, address] of Object.entries(asked['aux-address']))
    (holder(address, 'aux-address').AuxiliaryAddresses ??= {})[name] = address;
  return subnets;
}

/** Whether an address, or the beginning of a range, lies in a subnet. */
function lies(address: string, subnet: string): boolean {
  const [base = '', length = ''] = subnet.split('/');
  const [mine, theirs] = [bits(address.split('/', 1)[0]!), bits(base)];
  return mine.length === theirs.length && mine.slice(0, Number(length)) === theirs.slice(0, Number(length));
}

/** An address as a string of zeros and ones. */
function bits(address: string): string {
  if (!address.includes(':'))
    return address
      .split('.')
      .map((byte) => Number(byte).toString(2).padStart(8, '0'))
      .join('');
  const [head = '', tail] = address.split('::');
  const words = (part: string): string[] => part.split(':').filter((word) => word !== '');
  const [before, after] = [words(head), words(tail ?? '')];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((word) => parseInt(word, 16).toString(2).padStart(16, '0')).join('');
}
