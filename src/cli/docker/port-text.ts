/**
 * Published ports in a column: `0.0.0.0:80-82->80-82/tcp, 9000/udp`.
 *
 * Ports in a row that keep their number outside are told as one range; those that get another number stand at the end,
 * one by one.
 */
import type { Port } from '../../client/types.ts';

interface Range {
  readonly ip?: string;
  readonly type: string;
  readonly first: number;
  last: number;
}

export function portText(ports: readonly Port[]): string {
  const done: string[] = [];
  const open = new Map<string, Range>();
  const moved: string[] = [];
  for (const { IP, PrivatePort: number, PublicPort: outside, Type: type } of [...ports].sort(byPort)) {
    if (IP && outside !== number) {
      moved.push(`${hostPort(IP, String(outside))}->${number}/${type}`);
      continue;
    }
    const key = `${IP ?? ''}/${type}`;
    const range = open.get(key);
    if (range?.last === number - 1) range.last = number;
    else {
      if (range) done.push(rangeText(range));
      open.set(key, { ip: IP || undefined, type, first: number, last: number });
    }
  }
  return [...done, ...[...open.values()].map(rangeText), ...moved].join(', ');
}

function rangeText({ ip, type, first, last }: Range): string {
  const numbers = first === last ? String(first) : `${first}-${last}`;
  return ip ? `${hostPort(ip, numbers)}->${numbers}/${type}` : `${numbers}/${type}`;
}

/** An address and a port, with brackets around one of IPv6. */
export const hostPort = (ip: string, port: string): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

function byPort(a: Port, b: Port): number {
  return (
    a.PrivatePort - b.PrivatePort ||
    compare(a.IP ?? '', b.IP ?? '') ||
    (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
    compare(a.Type, b.Type)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
