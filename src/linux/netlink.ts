/**
 * Talks to the kernel's tables of links, addresses and routes: netlink(7), rtnetlink(7), without `ip`.
 *
 * A request is one message, and a message is three things behind each other, each padded to four bytes:
 *
 *     struct nlmsghdr    length, type (RTM_NEWLINK, …), flags, sequence, port      16 bytes
 *     a fixed header     of the family: struct ifinfomsg, ifaddrmsg, rtmsg         8 to 16 bytes
 *     attributes         length, type, value; a value may be attributes again      4 bytes and more
 *
 * The kernel answers each request, with NLMSG_ERROR and an errno (0: done), or with a list that ends in NLMSG_DONE. It
 * does so before sendmsg(2) returns, so nobody waits here for an answer. Numbers are in the order of the machine, which is little-
 * endian on both that we know; addresses are in the order of the network.
 */
import { closeSync, openSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { syscallError } from './calls.ts';
import { O_CLOEXEC, O_RDONLY } from './constants.ts';
import { native } from './native.ts';

const HEADER = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_DUMP = 0x300;
/** An answer has the request's bytes cut off, or has attributes of its own behind them. */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
/** Above it are flags: NLA_F_NESTED, NLA_F_NET_BYTEORDER. */
const NLA_TYPE_MASK = 0x3fff;

/** Fail if it is there already; make it. */
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** A conversation with one network namespace. */
export interface Netlink {
  /** Asks for a change, or for one entry, which is the answer. Throws SYSCALL with the request's name as the call. */
  request(type: keyof typeof requests, flags: number, ...parts: readonly Buffer[]): Buffer[];
  /** The same for a change that may have to wait in the kernel for others: a thread waits, and this one goes on. */
  requestLater(type: keyof typeof requests, flags: number, ...parts: readonly Buffer[]): Promise<Buffer[]>;
  /** Asks for a whole table: what follows the message header, for each entry. */
  dump(type: keyof typeof requests, header: Buffer): Buffer[];
  close(): void;
}

/** What can be asked for: rtnetlink(7). */
export const requests = {
  RTM_NEWLINK: 16,
  RTM_DELLINK: 17,
  RTM_GETLINK: 18,
  RTM_NEWADDR: 20,
  RTM_GETADDR: 22,
  RTM_NEWROUTE: 24,
  RTM_GETROUTE: 26,
  NFT_MSG_GETCHAIN: 0xa04,
  NFT_MSG_GETRULE: 0xa07,
} as const;

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

/** Opens a conversation with the network namespace of a file like /proc/PID/ns/net, or with our own. */
export function openNetlink(namespace?: string, protocol = NETLINK_ROUTE): Netlink {
  const socket = inNamespace(namespace, (fd) => native.netlinkSocket(protocol, fd));
  let sequence = 0;
  const next = (type: keyof typeof requests, flags: number, parts: readonly Buffer[]): Buffer =>
    message(requests[type], flags | NLM_F_REQUEST, ++sequence, parts);
  const answered = (type: keyof typeof requests): Buffer[] => {
    const all = answers(socket, sequence);
    for (const answer of all) refuseIfAsked(type, answer);
    return all.filter((answer) => answer.type > NLMSG_DONE).map(({ body }) => body);
  };
  const ask = (type: keyof typeof requests, flags: number, parts: readonly Buffer[]): Buffer[] => {
    native.send(socket, next(type, flags, parts));
    return answered(type);
  };
  return {
    request: (type, flags, ...parts) => ask(type, flags | NLM_F_ACK, parts),
    requestLater: async (type, flags, ...parts) => {
      await native.sendLater(socket, next(type, flags | NLM_F_ACK, parts));
      return answered(type);
    },
    dump: (type, header) => ask(type, NLM_F_DUMP, [header]),
    close: () => closeSync(socket),
  };
}

/** Does some work in a conversation, and ends it. */
export function withNetlink<T>(namespace: string | undefined, work: (net: Netlink) => T): T {
  const net = openNetlink(namespace);
  try {
    return work(net);
  } finally {
    net.close();
  }
}

/** Makes something in the network namespace of a file like /proc/PID/ns/net, which it gets a descriptor of, or in our own. */
export function inNamespace<T>(path: string | undefined, make: (namespace?: number) => T): T {
  if (path === undefined) return make();
  const namespace = openSync(path, O_RDONLY | O_CLOEXEC);
  try {
    return make(namespace);
  } finally {
    closeSync(namespace);
  }
}

/** A whole request: the message header, and what follows it. */
export function message(type: number, flags: number, sequence: number, parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(HEADER + parts.reduce((sum, part) => sum + part.length, 0), 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(sequence, 8);
  return Buffer.concat([header, ...parts]);
}

/** One attribute: its length counts the four bytes in front and not the zeros behind, which lead to the next one. */
export function attribute(type: number, value: Buffer): Buffer {
  const length = 4 + value.length;
  const bytes = Buffer.alloc(padded(length));
  bytes.writeUInt16LE(length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** An attribute whose value is attributes. */
export const nested = (type: number, ...inner: readonly Buffer[]): Buffer => attribute(type, Buffer.concat(inner));

/** An attribute whose value is a name, with the NUL that ends it. */
export const named = (type: number, name: string): Buffer => attribute(type, Buffer.from(`${name}\0`));

/** An attribute whose value is a number. */
export function numbered(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return attribute(type, bytes);
}

/** The attributes in some bytes, by type. */
export function attributesIn(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break;
    found.set(bytes.readUInt16LE(at + 2) & NLA_TYPE_MASK, bytes.subarray(at + 4, at + length));
    at += padded(length);
  }
  return found;
}

const padded = (length: number): number => (length + 3) & ~3;

export interface Answer {
  readonly type: number;
  readonly flags: number;
  /** Of the request. */
  readonly sequence: number;
  readonly body: Buffer;
}

/** Everything that the kernel says to one request: up to its acknowledgement, or the end of its list. */
function answers(socket: number, sequence: number): Answer[] {
  const all: Answer[] = [];
  for (;;) {
    for (const answer of messagesIn(received(socket))) {
      if (answer.sequence !== sequence) continue;
      all.push(answer);
      if (answer.type === NLMSG_DONE || answer.type === NLMSG_ERROR) return all;
    }
  }
}

function received(socket: number): Buffer {
  const bytes = receivedYet(socket);
  if (!bytes) throw new DrydockError('INTERNAL', 'the kernel did not answer a netlink request');
  return bytes;
}

/** What the kernel has said, if it has; undefined when there is nothing more. */
export function receivedYet(socket: number): Buffer | undefined {
  return native.receive(socket)?.data;
}

/** The messages in some bytes. */
export function* messagesIn(bytes: Buffer): Generator<Answer> {
  for (let at = 0; at + HEADER <= bytes.length; at += padded(bytes.readUInt32LE(at))) {
    const end = at + bytes.readUInt32LE(at);
    yield {
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      body: bytes.subarray(at + HEADER, end),
    };
  }
}

/** NLMSG_ERROR is also what says that all went well: with errno 0. */
export function refuseIfAsked(request: string, { type, flags, body }: Answer): void {
  if (type !== NLMSG_ERROR) return;
  const errno = -body.readInt32LE(0);
  if (errno === 0) return;
  const said = reasonIn(flags, body);
  throw syscallError(request, said ? [said] : [], errno);
}

/** The kernel's sentence, since Linux 4.12: behind the header of the request, or behind all of it. */
function reasonIn(flags: number, body: Buffer): string | undefined {
  if (!(flags & NLM_F_ACK_TLVS)) return undefined;
  const request = flags & NLM_F_CAPPED ? HEADER : padded(body.readUInt32LE(4));
  const text = attributesIn(body.subarray(4 + request)).get(NLMSGERR_ATTR_MSG);
  return text && textOf(text);
}

/** A name without the NUL that ends it. */
export function textOf(bytes: Buffer): string {
  return bytes.toString().replace(/\0.*$/s, '');
}
