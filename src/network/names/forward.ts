/**
 * A question that nobody here can answer goes to the machine's own name servers, one after the other, from the machine's
 * network: as it is, and the answer comes back as it is.
 */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';

/** How long one server may think. */
const PATIENCE_MS = 4_000;
const PORT = 53;

/** The first answer; undefined when none of them gives one. `server` may have a port behind a `#`. */
export async function forward(
  message: Buffer,
  servers: readonly string[],
  how: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  for (const server of servers) {
    const answer = await (how === 'udp' ? byUdp(message, server) : byTcp(message, server));
    if (answer) return answer;
  }
  return undefined;
}

function placeOf(server: string): { host: string; port: number } {
  const [host, port] = server.split('#');
  return { host: host!, port: port ? Number(port) : PORT };
}

/** A socket that is connected hears that server alone, from a port that nobody can guess. */
function byUdp(message: Buffer, server: string): Promise<Buffer | undefined> {
  const { host, port } = placeOf(server);
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  return new Promise<Buffer | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    timer.unref();
    socket.on('error', () => resolve(undefined));
    socket.on('message', (answer) => {
      if (answer.length >= 2 && answer.readUInt16BE(0) === message.readUInt16BE(0)) resolve(answer);
    });
    socket.on('connect', () => socket.send(message));
    socket.connect(port, host);
  }).finally(() => socket.close());
}

function byTcp(message: Buffer, server: string): Promise<Buffer | undefined> {
  const { host, port } = placeOf(server);
  const socket = connect(port, host);
  return new Promise<Buffer | undefined>((resolve) => {
    const read = framed(resolve);
    socket.setTimeout(PATIENCE_MS, () => resolve(undefined));
    socket.on('error', () => resolve(undefined));
    socket.on('end', () => resolve(undefined));
    socket.on('data', read);
    socket.write(frame(message));
  }).finally(() => socket.destroy());
}

/** On a stream a message has its length in front. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Takes pieces of a stream; tells each message that is whole. */
export function framed(onMessage: (message: Buffer) => void): (piece: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      onMessage(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
  };
}
