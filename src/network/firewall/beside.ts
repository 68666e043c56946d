/**
 * Other firewalls on the same machine: Docker's, ufw's, an administrator's own.
 *
 * What a packet is allowed by one table, another one can still drop (nft(8)). Docker and ufw do so with everything that
 * is forwarded and is not theirs: the chain FORWARD of their table `filter` drops by default. So that table gets two
 * rules of ours in front, which let our bridges' packets go on; whether these may pass is said by our own table. A chain
 * that drops nothing by default is left alone, and so is every other table.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { dropsByDefault, transact } from '../../linux/netfilter.ts';
import { removal, rule } from './nftables.ts';

const TABLE = 'filter';
const CHAIN = 'FORWARD';

const sides = (device: string): string[] => [`iifname "${device}" accept`, `oifname "${device}" accept`];

/** Lets a bridge's packets pass the chains of others; idempotent. */
export function passOthers(device: string, comment: string): void {
  if (dropsByDefault('ip', TABLE, CHAIN)) {
    const rules = sides(device).map((text) => ({ ...rule('ip', CHAIN, text, comment, TABLE), isFirst: true }));
    transact([...removal('ip', comment, TABLE), ...rules]);
  }
  if (hasLegacyTable() && legacy('-S', CHAIN).includes(`-P ${CHAIN} DROP`))
    for (const side of legacySides(device, comment)) if (!isThere(side)) legacy('-I', CHAIN, ...side);
}

/** Takes that back; idempotent. */
export function leaveOthers(device: string, comment: string): void {
  transact(removal('ip', comment, TABLE));
  if (hasLegacyTable())
    for (const side of legacySides(device, comment)) if (isThere(side)) legacy('-D', CHAIN, ...side);
}

/** iptables as it was before nftables keeps its tables elsewhere, and both are asked by the kernel. */
function hasLegacyTable(): boolean {
  try {
    return readFileSync('/proc/net/ip_tables_names', 'utf8').split('\n').includes(TABLE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

const legacySides = (device: string, comment: string): string[][] =>
  ['-i', '-o'].map((side) => [side, device, '-m', 'comment', '--comment', comment, '-j', 'ACCEPT']);

function isThere(side: readonly string[]): boolean {
  return legacy('-S', CHAIN)
    .split('\n')
    .includes(`-A ${CHAIN} ${side.join(' ')}`);
}

function legacy(...args: readonly string[]): string {
  try {
    return execFileSync('iptables-legacy', ['-w', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    throw new DrydockError('UNSUPPORTED', `iptables-legacy -w ${args.join(' ')} failed: ${(cause as Error).message}`, {
      hint: 'there is a firewall of iptables-legacy on this machine, whose chain FORWARD has to let bridges pass',
      cause,
    });
  }
}
