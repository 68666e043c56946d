/**
 * `-p` and `--expose`: which ports are published, and where.
 *
 *     80                          a free port of the host
 *     8080:80/udp  127.0.0.1:8080:80  [::1]:8080:80  127.0.0.1::80
 *     8000-8002:80-82             one by one
 *     8000-8002:80                the first free one of them
 *     target=80,published=8080,protocol=udp
 */
import { CommandFailure } from './failure.ts';

interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

export interface Published {
  readonly exposed: Record<string, object>;
  readonly bindings: Record<string, Binding[]>;
}

export function portsOf(published: readonly string[], exposed: readonly string[]): Published {
  const all: Published = { exposed: {}, bindings: {} };
  for (const text of published.map(short)) publish(text, all);
  for (const text of exposed) {
    if (text.includes(':')) throw invalid(`invalid port format for --expose: ${text}`);
    const [range, protocol] = parted(text);
    for (const port of numbers(range, `invalid range format for --expose: ${text}, error: `))
      all.exposed[`${port}/${protocol}`] = {};
  }
  return all;
}

function publish(text: string, { exposed, bindings }: Published): void {
  const { ip, host, inside } = pieces(text);
  const [range, protocol] = parted(inside);
  if (range === '') throw invalid(`no port specified: ${text}<empty>`);
  if (ip !== '' && !isAddress(ip)) throw invalid(`invalid IP address: ${ip}`);
  const ports = numbers(range, 'invalid containerPort: ');
  const outside = host === '' ? [] : numbers(host, 'invalid hostPort: ');
  if (outside.length > 0 && outside.length !== ports.length && ports.length !== 1)
    throw invalid(`invalid ranges specified for container and host Ports: ${range} and ${host}`);
  ports.forEach((port, i) => {
    const HostPort = ports.length === 1 && outside.length > 1 ? host : String(outside[i] ?? '');
    exposed[`${port}/${protocol}`] = {};
    (bindings[`${port}/${protocol}`] ??= []).push({ HostIp: ip, HostPort });
  });
}

/** Address, port outside, port inside: an address of IPv6 has colons of its own, so the last two are ours. */
function pieces(text: string): { ip: string; host: string; inside: string } {
  const parts = text.split(':');
  const inside = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  return { ip: parts.join(':').replace(/^\[(.*)\]$/, '$1'), host, inside };
}

function parted(text: string): [range: string, protocol: string] {
  const [range = '', protocol = 'tcp'] = text.split('/');
  if (!['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) throw invalid(`invalid proto: ${protocol}`);
  return [range, protocol.toLowerCase()];
}

function numbers(range: string, complaint: string): number[] {
  const [first = '', last = first] = range.split('-');
  const [from, to] = [Number(first), Number(last)];
  if (!/^\d+$/.test(first) || !/^\d+$/.test(last) || from > 65535 || to > 65535 || to < from)
    throw invalid(`${complaint}${range}`);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The long form made the short one. */
function short(text: string): string {
  if (!text.includes('=')) return text;
  const fields: Record<string, string> = { protocol: 'tcp' };
  for (const pair of text.split(',')) {
    const [name = '', value] = pair.split('=');
    if (value === undefined) throw invalid(`invalid field: ${pair}`);
    if (!['target', 'published', 'protocol', 'mode'].includes(name)) throw invalid(`invalid field key: ${name}`);
    fields[name] = value;
  }
  return `${fields.published ?? ''}:${fields.target ?? ''}/${fields.protocol}`;
}

const isAddress = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text);
const invalid = (message: string): CommandFailure => new CommandFailure(message, 125);
