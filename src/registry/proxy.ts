/**
 * Which proxy a request goes through: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Go reads them, because Docker does, and
 * because a person who has set them once wants them to mean the same everywhere.
 *
 * A name in NO_PROXY stands for itself and everything below it, `.example.com` for what is below alone, `10.0.0.0/8` for
 * addresses, `host:5000` for one port, `*` for everything. What is on this machine is never asked through a proxy: it would be
 * another machine's own. golang.org/x/net/http/httpproxy.
 */
import { isIP } from 'node:net';
import { DrydockError } from '../errors.ts';
import { contains, hostOf, isThisMachine, network } from './endpoint.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for a request; undefined: none. Throws REGISTRY if what is set is no address. */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = setting(environment, name);
  if (!proxy || isThisMachine(url) || isExempt(url, setting(environment, 'NO_PROXY') ?? '')) return undefined;
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  throw new DrydockError('REGISTRY', `${name} is no address of a proxy`, { hint: `${name}=http://proxy.example:3128` });
}

function setting(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toLowerCase()] || undefined;
}

function isExempt(url: URL, list: string): boolean {
  const words = list.split(',').map((word) => word.trim().toLowerCase());
  return words.some((word) => word !== '' && (word === '*' || matches(word, url)));
}

function matches(word: string, url: URL): boolean {
  const host = hostOf(url).toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (contains(network(word), host)) return true;
  const [, name = word, wanted] = /^(.*?|\[.*\]):(\d+)$/.exec(isIP(word) === 6 ? `[${word}]` : word) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*(?=[.])/, '');
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}
