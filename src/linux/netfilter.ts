/**
 * Changes the kernel's firewall, nftables, without `nft`: nfnetlink, include/uapi/linux/netfilter/nf_tables.h.
 *
 * What there is: a table belongs to a family of protocols and to whoever made it; a chain in it hangs at a hook, which is
 * a place that every packet comes by, or waits to be jumped to; a rule is a list of expressions, each of which loads
 * something of the packet into a register, compares a register and goes on, or ends with a verdict.
 *
 * A change is a transaction: any number of messages between BATCH_BEGIN and BATCH_END in one sendmsg(2). The kernel checks all of
 * them, and then all of them hold from one packet to the next, or none does. It answers only what it refuses, before
 * sendmsg returns. Numbers in attributes are in the order of the network here, other than in rtnetlink.
 */
import { closeSync } from 'node:fs';
import { isSyscallError } from './calls.ts';
import { ENOENT } from './errno.ts';
import { native } from './native.ts';
import {
  attribute,
  attributesIn,
  inNamespace,
  message,
  messagesIn,
  NETLINK_NETFILTER,
  NLM_F_CREATE,
  openNetlink,
  receivedYet,
  refuseIfAsked,
  textOf,
} from './netlink.ts';

const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NLM_F_REQUEST = 0x1;
const NLM_F_APPEND = 0x800;
const NLA_F_NESTED = 0x8000;

/** NFPROTO_*: what a table is for. */
export const families = { ip: 2, netdev: 5, bridge: 7, ip6: 10 } as const;
export type Family = keyof typeof families;

/** What can be asked of a transaction. */
const changes = {
  NFT_MSG_NEWTABLE: 0,
  NFT_MSG_DELTABLE: 2,
  NFT_MSG_NEWCHAIN: 3,
  NFT_MSG_NEWRULE: 6,
  NFT_MSG_DELRULE: 8,
  NFT_MSG_NEWSET: 9,
  NFT_MSG_NEWSETELEM: 12,
  NFT_MSG_DELSETELEM: 14,
} as const;

export interface Change {
  readonly type: keyof typeof changes;
  readonly family: Family;
  readonly attributes: readonly Buffer[];
  /** A rule that comes before those that there are; else it comes behind them. */
  readonly isFirst?: boolean;
}

/** Does all of it, or nothing. Throws SYSCALL with the first request that was refused. */
export function transact(all: readonly Change[], namespace?: string): void {
  if (!all.length) return;
  const socket = inNamespace(namespace, (fd) => native.netlinkSocket(NETLINK_NETFILTER, fd));
  try {
    native.send(socket, batch(all));
    for (let bytes = receivedYet(socket); bytes; bytes = receivedYet(socket))
      for (const answer of messagesIn(bytes)) refuseIfAsked(all[answer.sequence]?.type ?? 'NFNL_MSG_BATCH', answer);
  } finally {
    closeSync(socket);
  }
}

// A message's number is its place, so that a refusal names it.
function batch(all: readonly Change[]): Buffer {
  const edge = generic(0, SUBSYSTEM);
  const messages = all.map(({ type, family, attributes, isFirst }, number) => {
    const isNew = type.startsWith('NFT_MSG_NEW');
    const flags = NLM_F_REQUEST | (isNew ? NLM_F_CREATE : 0) | (isNew && !isFirst ? NLM_F_APPEND : 0);
    return message((SUBSYSTEM << 8) | changes[type], flags, number, [generic(families[family]), ...attributes]);
  });
  const [begin, end] = [BATCH_BEGIN, BATCH_END].map((type) => message(type, NLM_F_REQUEST, all.length, [edge]));
  return Buffer.concat([begin!, ...messages, end!]);
}

/** struct nfgenmsg. */
function generic(family: number, subsystem = 0): Buffer {
  return Buffer.from([family, 0, subsystem >> 8, subsystem & 0xff]);
}

/** A rule as it is found: where, its number, and what it was called. */
export interface FoundRule {
  readonly chain: string;
  readonly handle: bigint;
  readonly comment: string | undefined;
}

const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_HANDLE = 3;
const NFTA_RULE_USERDATA = 7;

/** The rules of a table, in order; none when there is no such table. */
export function rulesOf(family: Family, table: string, namespace?: string): FoundRule[] {
  const net = openNetlink(namespace, NETLINK_NETFILTER);
  try {
    const header = Buffer.concat([generic(families[family]), string(NFTA_RULE_TABLE, table)]);
    return net.dump('NFT_MSG_GETRULE', header).map((entry) => {
      const found = attributesIn(entry.subarray(4));
      return {
        chain: textOf(found.get(NFTA_RULE_CHAIN)!),
        handle: found.get(NFTA_RULE_HANDLE)!.readBigUInt64BE(0),
        comment: commentIn(found.get(NFTA_RULE_USERDATA)),
      };
    });
  } catch (error) {
    if (isSyscallError(error, ENOENT)) return [];
    throw error;
  } finally {
    net.close();
  }
}

const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_POLICY = 5;

/** Whether there is such a chain that drops what none of its rules accepts: what others have made. */
export function dropsByDefault(family: Family, table: string, chain: string): boolean {
  const net = openNetlink(undefined, NETLINK_NETFILTER);
  try {
    const header = [generic(families[family]), string(NFTA_CHAIN_TABLE, table), string(NFTA_CHAIN_NAME, chain)];
    const found = net.request('NFT_MSG_GETCHAIN', 0, ...header)[0]!;
    return attributesIn(found.subarray(4)).get(NFTA_CHAIN_POLICY)?.readUInt32BE(0) === 0;
  } catch (error) {
    if (isSyscallError(error, ENOENT)) return false;
    throw error;
  } finally {
    net.close();
  }
}

/** What `nft` prints as a rule's comment is a triple of type 0, length and text with its NUL. */
export const comment = (text: string): Buffer =>
  attribute(NFTA_RULE_USERDATA, Buffer.concat([Buffer.from([0, text.length + 1]), Buffer.from(`${text}\0`)]));

const commentIn = (bytes: Buffer | undefined): string | undefined =>
  bytes?.[0] === 0 ? textOf(bytes.subarray(2)) : undefined;

/** Attributes of nftables: a name, a number of 4 or 8 bytes, bytes in a value, and more attributes. */
export const string = (type: number, text: string): Buffer => attribute(type, Buffer.from(`${text}\0`));

export function number(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return attribute(type, bytes);
}

export function longNumber(type: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return attribute(type, bytes);
}

export const nest = (type: number, ...inner: readonly Buffer[]): Buffer =>
  attribute(type | NLA_F_NESTED, Buffer.concat(inner));

const NFTA_DATA_VALUE = 1;

export const value = (type: number, bytes: Buffer): Buffer => nest(type, attribute(NFTA_DATA_VALUE, bytes));
