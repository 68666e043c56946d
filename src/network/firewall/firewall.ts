/**
 * What networks want of the machine's firewall, and which of the two that Linux has does it.
 *
 *     networks, containers ──▶ Firewall ──▶ nftables    nftables.ts: netlink, one transaction
 *                                       └─▶ iptables    iptables.ts: iptables-restore, one transaction for each table
 *                                                       ebtables.ts: who may speak, on each cable
 *
 * What is decided is the same for both, in the words of nft(8): rules.ts. Which one it is, is asked of the kernel and not
 * of its version: nftables is there when it takes rules like ours.
 */
import { DrydockError } from '../../errors.ts';
import type { Endpoint } from '../networks.ts';
import * as beside from './beside.ts';
import * as ebtables from './ebtables.ts';
import * as iptables from './iptables.ts';
import * as nftables from './nftables.ts';
import type { Rule } from './rules.ts';
import { whatIsMissing } from './xtables.ts';

export type IpFamily = 'ip' | 'ip6';

/** Who may be heard from a cable. */
export type Speaker = Pick<Endpoint, 'link' | 'mac' | 'address' | 'address6'>;

export interface Firewall {
  /**
   * The rules called `comment` become these, in one family; none: they go. In the network namespace of a file like
   * /proc/PID/ns/net, or in our own.
   */
  replaceRules(family: IpFamily, comment: string, rules: readonly Rule[], namespace?: string): void;
  /** Nobody is heard on a cable who has not been let speak; idempotent. */
  guardBridges(): void;
  /** From now on the endpoint is heard. */
  letSpeak(endpoint: Speaker): void;
  /** Nobody is heard any more under what was the endpoint's; idempotent. */
  silence(endpoint: Speaker): void;
  /** Lets a bridge's packets pass the firewall of others, which drops what it does not know; idempotent. */
  passOthers(device: string, comment: string): void;
  /** Takes that back; idempotent. */
  leaveOthers(device: string, comment: string): void;
  /** Removes what is ours, when no rule of a network is left. */
  removeAll(): void;
}

const byNftables: Firewall = {
  replaceRules: nftables.replaceRules,
  guardBridges: nftables.guardBridges,
  letSpeak: nftables.letSpeak,
  silence: nftables.silence,
  passOthers: beside.passOthers,
  leaveOthers: beside.leaveOthers,
  removeAll: nftables.removeAll,
};

const byIptables: Firewall = {
  replaceRules: iptables.replaceRules,
  guardBridges: ebtables.guardBridges,
  letSpeak: ebtables.letSpeak,
  silence: ebtables.silence,
  passOthers: iptables.passOthers,
  leaveOthers: iptables.leaveOthers,
  removeAll: ebtables.removeAll,
};

let found: Firewall | undefined;

/** The one that this machine has; undefined when it has none, and so nothing of ours is in it. */
export function firewallIfAny(): Firewall | undefined {
  if (!found && nftables.works()) found = byNftables;
  if (!found && !whatIsMissing()) found = byIptables;
  return found;
}

/** The one that this machine has. Throws UNSUPPORTED when it has none. */
export function firewall(): Firewall {
  const any = firewallIfAny();
  if (any) return any;
  const wanted = 'nftables (CONFIG_NF_TABLES, Linux 4.10) nor iptables with ebtables';
  throw new DrydockError('UNSUPPORTED', `this machine has neither ${wanted}: ${whatIsMissing()}`, {
    isolator: 'bridged',
    hint: 'install iptables and ebtables; `--net host` and `--net none` work without',
  });
}
