/**
 * Who may speak, on each cable, by ebtables(8): the table `bridge drydock` of nftables.ts for a kernel without nftables.
 *
 *     table nat    PREROUTING ──▶ DRYDOCK, for everything from a cable (dv+)
 *                                   RETURN for the device, MAC and address of each speaker, in ARP too
 *                                   DROP
 *
 * iptables does not see ARP, and what is bridged only where br_netfilter is on; so it takes this third program. Before
 * 2.0.11 ebtables-restore empties the table first: each rule is a command, and each command a transaction. Their order is
 * such that nobody is heard too early. `--concurrent` is its lock.
 */
import { DrydockError } from '../../errors.ts';
import type { Speaker } from './firewall.ts';
import { needed, programFor, run, save } from './xtables.ts';

const CHAIN = 'DRYDOCK';
const JUMP = `-i dv+ -j ${CHAIN}`;

/** Makes the chain, and whatever of it is not there. */
export function guardBridges(): void {
  const rules = rulesIn(CHAIN);
  if (!rules) ebtables('-N', CHAIN);
  if (!rules?.includes('-j DROP')) ebtables('-A', CHAIN, '-j', 'DROP');
  if (!rulesIn('PREROUTING')!.includes(JUMP)) ebtables('-I', 'PREROUTING', ...JUMP.split(' '));
}

/** From now on the endpoint is heard; idempotent. */
export function letSpeak(endpoint: Speaker): void {
  const rules = speakerRules(endpoint);
  if (rulesFor(endpoint).length === rules.length) return;
  silence(endpoint);
  for (const rule of rules) ebtables('-I', CHAIN, ...rule);
}

/** Nobody is heard any more under what was the endpoint's; idempotent. */
export function silence(endpoint: Speaker): void {
  for (const rule of rulesFor(endpoint)) ebtables('-D', CHAIN, ...rule.split(/\s+/));
}

/** Removes what is ours, when no rule of a network is left. */
export function removeAll(): void {
  const families = (['ip', 'ip6'] as const).filter(programFor);
  if (families.some((family) => /^:DRYDOCK-/m.test(save(family)))) return;
  if (rulesIn('PREROUTING')?.includes(JUMP)) ebtables('-D', 'PREROUTING', ...JUMP.split(' '));
  if (!rulesIn(CHAIN)) return;
  ebtables('-F', CHAIN);
  ebtables('-X', CHAIN);
}

function speakerRules({ link, mac, address, address6 }: Speaker): string[][] {
  const from = ['-i', link, '-s', mac];
  const back = ['-j', 'RETURN'];
  return [
    [...from, '-p', '0x0806', '--arp-mac-src', mac, '--arp-ip-src', address, ...back],
    [...from, '-p', '0x0800', '--ip-src', address, ...back],
    ...(address6 ? [[...from, '-p', '0x86dd', '--ip6-src', address6, ...back]] : []),
  ];
}

/** The cable's name is the endpoint's alone, and how a MAC is printed has changed. */
const rulesFor = ({ link }: Speaker): string[] =>
  (rulesIn(CHAIN) ?? []).filter((rule) => rule.split(/\s+/).includes(link));

/** The rules of a chain as `ebtables -L` prints them; undefined when there is no such chain. */
function rulesIn(chain: string): string[] | undefined {
  const all = ebtables('-L').split('\n');
  const begin = all.findIndex((line) => line.startsWith(`Bridge chain: ${chain},`));
  if (begin < 0) return undefined;
  const end = all.indexOf('', begin);
  return all.slice(begin + 1, end < 0 ? undefined : end).map((line) => line.trim());
}

function ebtables(...args: readonly string[]): string {
  const program = needed('bridge');
  const { code, stdout, stderr } = run(program, ['--concurrent', '-t', 'nat', ...args]);
  if (code === 0) return stdout;
  throw new DrydockError('UNSUPPORTED', `${program} -t nat ${args.join(' ')} failed: ${stderr}`, {
    isolator: 'bridged',
    call: 'ebtables',
  });
}
