/**
 * The name server at 127.0.0.11 in a container of user networks (resolv.conf names it).
 *
 *     program in the container        its namespace's firewall             the engine
 *       127.0.0.11, port 53   ──────▶  readdressed to port N   ──────▶  a socket that belongs to that namespace
 *                                                                          names of its networks, or the machine's servers
 *
 * The sockets are made inside the container's namespace (addon/binding/sockets.cc), so nobody outside can ask them; whoever
 * asks is that container. They have ports of their own, because a program inside may want 53 for itself. While the
 * engine is down nobody answers; the next engine opens them again (adopt.ts).
 */
import { createSocket, type RemoteInfo, type Socket as Udp } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { inNamespace, withNetlink } from '../../linux/netlink.ts';
import { native } from '../../linux/native.ts';
import { firewall } from '../firewall/firewall.ts';
import type { Rule } from '../firewall/rules.ts';
import { setUp } from '../link/links.ts';
import type { BridgedClaim, Networks } from '../networks.ts';
import { NAME_SERVER } from '../texts.ts';
import { forward, frame, framed } from './forward.ts';
import { lookUp } from './lookup.ts';
import { answerTo, codes, questionIn, refusalTo } from './message.ts';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
/** What a program takes by UDP, if it has not said otherwise (RFC 1035, 2.3.4). */
const DATAGRAM = 512;
const LONGEST = 65_535;
/** Questions to the world that one container may have open: more than that is no program, but a flood. */
const MOST_OPEN = 256;
const IDLE_MS = 10_000;

export interface NameServer {
  close(): void;
}

/** Begins to answer in the network namespace of this file, for a container that has somebody to ask about. */
export async function serveNames(networks: Networks, claim: BridgedClaim, namespace: string): Promise<void> {
  stopServing(networks, claim.container);
  if (claim.forward === null) return;
  // Its address is one of loopback's, which has none while it is down.
  withNetlink(namespace, (net) => setUp(net, 'lo'));
  const answer = answering(networks, claim.container, claim.forward);
  const udp = await udpIn(namespace, answer);
  const tcp = await tcpIn(namespace, answer);
  networks.names.set(claim.container, { close: () => (udp.close(), tcp.close()) });
  const rules = [leadTo('udp', udp.address().port), leadTo('tcp', (tcp.address() as AddressInfo).port)];
  firewall().replaceRules('ip', 'names', rules, namespace);
}

/** Ends it; idempotent. */
export function stopServing({ names }: Networks, container: string): void {
  names.get(container)?.close();
  names.delete(container);
}

const leadTo = (protocol: 'udp' | 'tcp', port: number): Rule => ({
  chain: 'output',
  text: `ip daddr ${NAME_SERVER} ${protocol} dport 53 dnat to ${NAME_SERVER}:${port}`,
});

const socketIn = (namespace: string, type: number): number =>
  inNamespace(namespace, (fd) => native.boundSocket(type, NAME_SERVER, 0, fd));

type Answer = (message: Buffer, how: 'udp' | 'tcp') => Promise<Buffer>;

async function udpIn(namespace: string, answer: Answer): Promise<Udp> {
  const socket = createSocket('udp4').unref();
  let isOpen = true;
  socket.on('close', () => (isOpen = false));
  socket.on('message', (message: Buffer, { port, address }: RemoteInfo) => {
    // An answer from the world takes its time: whoever asked may be gone by then, and the socket with him.
    void answer(message, 'udp').then((bytes) => isOpen && socket.send(bytes, port, address, () => undefined));
  });
  // A socket that is bound already says so before `bind` returns.
  const listening = once(socket, 'listening');
  socket.bind({ fd: socketIn(namespace, SOCK_DGRAM) });
  await listening;
  return socket;
}

async function tcpIn(namespace: string, answer: Answer): Promise<Server> {
  const server = createServer((connection) => converse(connection, answer)).unref();
  server.listen({ fd: socketIn(namespace, SOCK_STREAM) });
  await once(server, 'listening');
  return server;
}

function converse(connection: Socket, answer: Answer): void {
  connection.unref().setTimeout(IDLE_MS, () => connection.destroy());
  connection.on('error', () => connection.destroy());
  connection.on(
    'data',
    framed((message) => void answer(message, 'tcp').then((bytes) => connection.write(frame(bytes)))),
  );
}

/** One container's answers: what its networks know, else what the world says. */
function answering(networks: Networks, container: string, servers: readonly string[]): Answer {
  let open = 0;
  return async (message, how) => {
    const question = questionIn(message);
    if (!question) return refusalTo(message.length < 12 ? Buffer.alloc(12) : message, codes.format);
    const known = lookUp(networks, container, question.name, question.type);
    if (known) return answerTo(message, question, known, how === 'udp' ? DATAGRAM : LONGEST);
    if (!servers.length) return refusalTo(message, codes.noSuchName);
    if (open >= MOST_OPEN) return refusalTo(message, codes.failed);
    open++;
    try {
      return (await forward(message, servers, how)) ?? refusalTo(message, codes.failed);
    } finally {
      open--;
    }
  };
}
