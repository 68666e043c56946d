/**
 * Which server a domain means, and whether we may speak to it in the clear.
 *
 * `docker.io` is a name for people: the hub's registry is at another address. Everything else is its own address. A
 * registry speaks TLS, and shows a certificate that we can check. Plain HTTP lets everybody between here and there read
 * the password and change what has no digest, so it is spoken to this machine alone, where nobody is between, unless the
 * person who runs this says otherwise.
 */
import { BlockList, isIP } from 'node:net';
import { DrydockError } from '../errors.ts';

/** One server that may be asked. */
export interface Endpoint {
  /** Whose credentials belong here, as docker-config.ts looks them up: `docker.io`, `mirror.example:5000`. */
  readonly registry: string;
  /** `https://registry-1.docker.io` */
  readonly url: URL;
  /** TLS is tried first all the same: asking in the clear might tell a secret, the other way round does not. */
  readonly mayBePlain: boolean;
  /** Whether its certificate is checked. */
  readonly isCertificateChecked: boolean;
}

const HUB = 'docker.io';
const HUB_SERVER = 'registry-1.docker.io';

/** The server of a domain. Throws REFERENCE_INVALID if no address can be made of it. */
export function endpointOf(domain: string, insecure: readonly string[] = []): Endpoint {
  return endpointAt(domain, `https://${domain === HUB ? HUB_SERVER : domain}`, insecure);
}

/** The servers to ask for a domain's blobs and manifests before its own. */
export function mirrorsOf(
  domain: string,
  mirrors: Readonly<Record<string, readonly string[]>> = {},
  insecure: readonly string[] = [],
): Endpoint[] {
  return (mirrors[domain] ?? []).map((text) => {
    const { host, protocol } = urlOf(text, text);
    const endpoint = endpointAt(host, `https://${host}`, insecure);
    if (protocol === 'https:' || endpoint.mayBePlain) return { ...endpoint, url: new URL(`${protocol}//${host}`) };
    throw new DrydockError('REGISTRY', `the mirror ${text} would be asked in the clear`, {
      hint: `use https, or name ${host} as insecure`,
    });
  });
}

function endpointAt(registry: string, text: string, insecure: readonly string[]): Endpoint {
  const url = urlOf(text, registry);
  const isAllowed = isInsecure(url, insecure);
  return {
    registry,
    url,
    mayBePlain: isAllowed || isThisMachine(url),
    isCertificateChecked: !isAllowed,
  };
}

function urlOf(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new DrydockError('REFERENCE_INVALID', `'${name}' is no address of a server`, {
    hint: 'registry.example, registry.example:5000, 127.0.0.1:5000 or [::1]:5000',
  });
}

/** The address without the brackets that a URL puts around one of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether what is sent there does not leave this machine. */
export function isThisMachine(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || contains(loopback, host);
}

function isInsecure(url: URL, insecure: readonly string[]): boolean {
  return insecure.some((entry) => entry === url.host || entry === hostOf(url) || contains(network(entry), hostOf(url)));
}

/** `10.0.0.0/8` as a list of addresses; nothing for what is none. */
export function network(text: string): BlockList {
  const list = new BlockList();
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  if (family !== 0 && Number(bits) <= (family === 4 ? 32 : 128))
    list.addSubnet(address, Number(bits), familyOf(address));
  return list;
}

export function contains(list: BlockList, host: string): boolean {
  return isIP(host) !== 0 && list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
