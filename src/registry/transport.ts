/**
 * Lines to servers, over undici: one pool for each origin, with that host's certificates, through the proxy that the
 * environment names, and with a time limit for each of the three ways in which a server can keep us waiting.
 *
 * Invariant: a request goes to the URL that it was given and nowhere else. undici would not follow a redirect unless
 * told to, and it is not: who may be followed with what is decided in send.ts (CVE-2020-15157).
 *
 * undici is loaded with the first line: an engine may live for weeks and ask no registry.
 */
import type { Dispatcher } from 'undici';
import { secureContextFor } from './certificates.ts';
import { proxyFor } from './proxy.ts';
import type { RegistryOptions, Timeouts } from './registry.ts';

const patience: Timeouts = { connect: 15_000, answer: 60_000, stall: 30_000 };

export type Request = Omit<Dispatcher.RequestOptions, 'origin' | 'path'>;
export type Response = Dispatcher.ResponseData;

/** All lines of one conversation; `close` ends them. */
export class Transport {
  private readonly dispatchers = new Map<string, Promise<Dispatcher>>();
  private readonly timeouts: Timeouts;

  constructor(
    private readonly options: RegistryOptions,
    /** Whether a server has to show a certificate that can be checked. */
    private readonly isChecked: (url: URL) => boolean,
  ) {
    this.timeouts = { ...patience, ...options.timeouts };
  }

  async request(url: URL, request: Request): Promise<Response> {
    const { signal = this.options.signal, ...rest } = request;
    const path = url.pathname + url.search;
    const dispatcher = await this.dispatcherFor(url);
    return dispatcher.request({ ...rest, signal, origin: url.origin, path });
  }

  async close(): Promise<void> {
    const made = await Promise.allSettled([...this.dispatchers.values()]);
    const lines = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await Promise.all(lines.map((line) => line.destroy()));
    this.dispatchers.clear();
  }

  private dispatcherFor(url: URL): Promise<Dispatcher> {
    const known = this.dispatchers.get(url.origin);
    if (known) return known;
    const made = this.connectTo(url);
    this.dispatchers.set(url.origin, made);
    return made;
  }

  private async connectTo(url: URL): Promise<Dispatcher> {
    const { Agent, ProxyAgent } = await import('undici');
    const { connect, answer, stall } = this.timeouts;
    const tls =
      url.protocol === 'https:'
        ? {
            secureContext: secureContextFor(url.host, this.options.certificates),
            rejectUnauthorized: this.isChecked(url),
          }
        : {};
    const common = { headersTimeout: answer, bodyTimeout: stall, connectTimeout: connect };
    const proxy = proxyFor(url, this.options.environment ?? process.env);
    if (!proxy) return new Agent({ ...common, connect: { ...tls, timeout: connect } });
    return new ProxyAgent({
      ...common,
      uri: proxy.href,
      requestTls: { ...tls, timeout: connect },
      // A proxy is asked for a plain resource itself, and only for a tunnel where it may not listen.
      proxyTunnel: url.protocol === 'https:',
    });
  }
}
