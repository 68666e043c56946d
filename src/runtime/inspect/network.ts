/** The devices, addresses and routes of its network namespace, as /proc/PID/net shows them. */
import { fact, linesOf } from './attempt.ts';
import type { Fact, Subject } from './inspect.ts';

export function networkFacts({ pid }: Subject): Fact[] {
  const devices = linesOf(`/proc/${pid}/net/dev`).flatMap((line) => /^\s*([^:\s]+):/.exec(line)?.[1] ?? []);
  const routes = linesOf(`/proc/${pid}/net/route`)
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map(([device, target = '', gateway = '', , , , , mask = '']) => {
      const to = target === '00000000' ? 'default' : `${address(target)}/${prefix(mask)}`;
      return `${to}${gateway === '00000000' ? '' : ` via ${address(gateway)}`} dev ${device}`;
    });
  return [
    ...fact('devices', devices.length ? devices.join(' ') : 'none'),
    ...addresses(pid),
    ...routes.map((route): Fact => ['route', route]),
  ];
}

/** In memory order of a little-endian machine: 0100007F is 127.0.0.1. */
function address(hex: string): string {
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => parseInt(byte, 16))
    .join('.');
}

const prefix = (mask: string): number => (parseInt(mask, 16).toString(2).match(/1/g) ?? []).length;

/** The tree of the routing table names each address of ours as `host LOCAL`, on the line after it. */
function addresses(pid: number): Fact[] {
  const lines = linesOf(`/proc/${pid}/net/fib_trie`);
  const own = lines.flatMap((line, index) => {
    if (!/^\s*\/32 host LOCAL/.test(line)) return [];
    return /\|--\s+(\S+)/.exec(lines[index - 1] ?? '')?.[1] ?? [];
  });
  return [...new Set(own)].map((one): Fact => ['address', one]);
}
