/** The relay and its streams: both ends are in the hands of the test. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { native } from '../../../src/linux/native.ts';
import { leavesNothing, until } from '../support.ts';
import { freePort, QUIET, Relay, types } from './relay-support.ts';

/** Kilobytes; the compiler's sanitizer keeps books of its own. */
const MOST_MEMORY = process.env.DRYDOCK_SHIM ? 30_000 : 3000;

/** Says all there is to say, and is reset when its input ends. */
const DYING = `
import socket, struct, sys
one = socket.create_connection(('::1', int(sys.argv[1])))
one.shutdown(socket.SHUT_WR)
sys.stdin.read()
one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
one.close()
`;

/** Hears one word, says one, and tells what comes then and how it ends: Node takes a reset behind bytes for an end. */
const HEARING = `
import socket, sys
one = socket.create_connection(('::1', int(sys.argv[1])))
one.recv(100)
one.send(b'x')
heard = b''
try:
  while piece := one.recv(100): heard += piece
  heard += b' end'
except ConnectionResetError: heard += b' reset'
print(heard.decode())
`;

describe('the relay of streams', function () {
  this.timeout(60_000);
  const open: { close(): unknown }[] = [];
  const relay = new Relay();
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    return relay.kill();
  });
  leavesNothing();

  async function server(serve: (socket: Socket) => void): Promise<number> {
    const all = createServer({ allowHalfOpen: true }, (socket) => {
      open.push({ close: () => socket.destroy() });
      socket.on('error', () => undefined);
      serve(socket);
    });
    open.push(all);
    return listening(all);
  }

  function client(port: number): Socket {
    const socket = connect({ host: '::1', port, allowHalfOpen: true });
    open.push({ close: () => socket.destroy() });
    return socket;
  }

  it('passes on an end of input, and what is answered to it afterwards', async () => {
    const to = await server((socket) => {
      let heard = '';
      socket.on('data', (bytes: Buffer) => (heard += String(bytes)));
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    const port = await relay.begin('tcp', to);
    const socket = client(port);
    socket.write('one ');
    socket.end('two');
    assert.equal(await all(socket), 'heard one two');
    // And the other way round: the container has said all, and still listens.
    const first = await server((one) => {
      one.end('all');
      one.once('data', (bytes: Buffer) => tell(String(bytes)));
    });
    let tell!: (text: string) => void;
    const told = new Promise<string>((resolve) => (tell = resolve));
    await relay.stop();
    const second = client(await relay.begin('tcp', first));
    assert.equal(await all(second), 'all');
    second.end('late');
    assert.equal(await told, 'late');
    await until('both are forgotten', () => relay.descriptors() === QUIET);
  });

  it('forgets a client that has said all and dies, though the container says nothing', async () => {
    let ended!: () => void;
    const heardAll = new Promise<void>((resolve) => (ended = resolve));
    const to = await server((socket) => {
      socket.resume().on('end', ended);
    });
    // Node resets none that it has shut down.
    const dying = spawn('python3', ['-c', DYING, String(await relay.begin('tcp', to))], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const gone = once(dying, 'exit');
    await heardAll;
    dying.stdin.end();
    await gone;
    await until('both are forgotten', () => relay.descriptors() === QUIET);
  });

  it('carries ten megabytes each way at once, byte for byte', async () => {
    const [there, back] = [randomBytes(10 << 20), randomBytes(10 << 20)];
    let heard!: Promise<string>;
    const to = await server((socket) => {
      heard = digest(socket);
      socket.end(back);
    });
    const socket = client(await relay.begin('tcp', to));
    socket.end(there);
    assert.equal(await digest(socket), hash(back));
    assert.equal(await heard, hash(there));
  });

  it('reads nothing for a client that does not read, and serves the others', async () => {
    const much = Buffer.alloc(64 << 20, 'x');
    const to = await server((socket) =>
      socket.once('data', (word: Buffer) => socket.end(String(word) === 'much' ? much : 'little')),
    );
    const port = await relay.begin('tcp', to);
    const slow = client(port);
    slow.pause();
    slow.write('much');
    // It has its rest when it hears its container no more: what is on the way is in the kernel's hands.
    for (let turn = 0; turn < 20; turn++) {
      const quick = client(port);
      quick.write('little');
      assert.equal(await all(quick), 'little');
      quick.end();
    }
    assert(relay.memory() < MOST_MEMORY, `${relay.memory()} kB`);
    assert.equal(await digest(slow), hash(much));
    slow.end();
    await until('all are forgotten', () => relay.descriptors() === QUIET);
  });

  it('cuts off a client whose container does so, or takes no calls', async () => {
    const to = await server((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const one = client(await relay.begin('tcp', to));
    one.write('x');
    assert.equal(((await once(one, 'error')) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET');
    await until('it is forgotten', () => relay.descriptors() === QUIET);
    await relay.stop();
    const two = client(await relay.begin('tcp', await freePort('tcp')));
    assert.equal(((await once(two, 'error')) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET');
    await until('it is forgotten', () => relay.descriptors() === QUIET);
  });

  it('has room for 1024, and whoever comes after them waits', async () => {
    const to = await server((socket) => socket.on('data', (word: Buffer) => socket.write(word)));
    const port = await relay.begin('tcp', to);
    const many = Array.from({ length: 1024 }, () => client(port));
    for (const one of many) one.write('x');
    for (const one of many) await once(one, 'data');
    assert.equal(relay.descriptors(), QUIET + 2 * 1024);
    const last = client(port);
    await once(last, 'connect');
    last.write('x');
    let isHeard = false;
    const heard = once(last, 'data').then(() => (isHeard = true));
    many[0]!.write('y');
    await once(many[0]!, 'data');
    assert.equal(isHeard, false);
    many[0]!.resetAndDestroy();
    await heard;
    assert(relay.memory() < MOST_MEMORY, `${relay.memory()} kB`);
  });

  it('passes on what has come when it is asked to end, and its port is free then', async () => {
    const to = await server((socket) => {
      socket.write('first');
      socket.once('data', () => socket.write('last', () => process.kill(relay.pid, 'SIGTERM')));
    });
    const port = await relay.begin('tcp', to);
    const { stdout } = await promisify(execFile)('python3', ['-c', HEARING, String(port)]);
    // The container has not said that this was all.
    assert.equal(stdout, 'last reset\n');
    await relay.end();
    closeSync(native.boundSocket(types.tcp, '::1', port));
  });
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function all(socket: Socket): Promise<string> {
  let text = '';
  // A loop over its pieces would close it at the end.
  socket.on('data', (piece: Buffer) => (text += String(piece)));
  await once(socket, 'end');
  return text;
}

/** Of all that it says. It is not iterated over: that would end what it still has to hear. */
async function digest(socket: Socket): Promise<string> {
  const hash = createHash('sha256');
  socket.on('data', (piece: Buffer) => hash.update(piece)).resume();
  await once(socket, 'end');
  return hash.digest('hex');
}

const hash = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
