/** The relay by itself: from ::1 to 127.0.0.1 of this machine, both ends in the hands of the test. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket as Udp } from 'node:dgram';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { native, projectHome } from '../../../src/linux/native.ts';
import { readStatus } from '../../../src/linux/procfs.ts';
import { waitFor } from '../../../src/runtime/wait.ts';
import { folder, fresh, leavesNothing, until } from '../support.ts';

const types = { tcp: 1, udp: 2 } as const;
/** 0, 1, 2, its folder, one socket, an epoll and its signals. */
const QUIET = 7;
/** Kilobytes; the compiler's sanitizer keeps books of its own. */
const MOST_MEMORY = process.env.DRYDOCK_SHIM ? 30_000 : 3000;
const program = process.env.DRYDOCK_SHIM ?? join(projectHome(), 'build/Release/drydock-shim');

interface Relay {
  readonly pid: number;
  readonly ended: Promise<number>;
  /** Our end of the conversation. */
  readonly conversation: number;
}

/** What it says first. */
async function said(conversation: number): Promise<string> {
  const message = await until('a word', () => native.receive(conversation) ?? undefined);
  return message.data.toString();
}

/** Says all there is to say, and is reset when its input ends. */
const DYING = `
import socket, struct, sys
one = socket.create_connection(('::1', int(sys.argv[1])))
one.shutdown(socket.SHUT_WR)
sys.stdin.read()
one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
one.close()
`;

describe('the relay', function () {
  this.timeout(60_000);
  const open: { close(): unknown }[] = [];
  let relay: Relay | undefined;
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    if (!relay) return;
    process.kill(relay.pid, 'SIGKILL');
    await relay.ended;
    relay = undefined;
  });
  leavesNothing();

  /** One that waits for its go; `words` in place of those that fit the sockets. */
  function spawned(sockets: readonly number[], words: readonly string[]): Relay {
    const place = join(folder, fresh('relay'));
    mkdirSync(place);
    const [ours, theirs] = native.seqpacketPair();
    const folderOf = openSync(place, 'r');
    const all = [[theirs, 2], [theirs, 3], [folderOf, 4], ...sockets.map((socket, i) => [socket, 5 + i] as const)];
    const argv = ['drydock-shim', 'relay', ...words];
    const pid = native.spawn({ exec: program, argv, env: [], fds: all as [number, number][], session: true });
    [theirs, folderOf, ...sockets].forEach((fd) => closeSync(fd));
    return (relay = { pid, ended: waitFor(pid), conversation: ours });
  }

  /** One at work, which leads ::1 to a port of 127.0.0.1; at which port of ::1. */
  async function begun(protocol: keyof typeof types, to: number, ...options: string[]): Promise<number> {
    const port = await freePort(protocol);
    const socket = native.boundSocket(types[protocol], '::1', port);
    const { conversation } = spawned([socket], [...options, '127.0.0.1', `[::1]:${port}:${to}/${protocol}`]);
    try {
      assert.equal(await said(conversation), 'ready');
      native.send(conversation, 'go');
    } finally {
      closeSync(conversation);
    }
    await until('it has closed its end', () => descriptors() === QUIET);
    return port;
  }

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

  const descriptors = (): number => readdirSync(`/proc/${relay!.pid}/fd`).length;
  /** Kilobytes that are resident. */
  const memory = (): number =>
    Number(/^Rss: +(\d+) kB$/m.exec(readFileSync(`/proc/${relay!.pid}/smaps_rollup`, 'utf8'))![1]);

  it('passes on an end of input, and what is answered to it afterwards', async () => {
    const to = await server((socket) => {
      let heard = '';
      socket.on('data', (bytes: Buffer) => (heard += String(bytes)));
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    const port = await begun('tcp', to);
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
    await stop();
    const second = client(await begun('tcp', first));
    assert.equal(await all(second), 'all');
    second.end('late');
    assert.equal(await told, 'late');
    await until('both are forgotten', () => descriptors() === QUIET);
  });

  it('forgets a client that has said all and dies, though the container says nothing', async () => {
    let ended!: () => void;
    const heardAll = new Promise<void>((resolve) => (ended = resolve));
    const to = await server((socket) => {
      socket.resume().on('end', ended);
    });
    // Node resets none that it has shut down.
    const dying = spawn('python3', ['-c', DYING, String(await begun('tcp', to))], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const gone = once(dying, 'exit');
    await heardAll;
    dying.stdin.end();
    await gone;
    await until('both are forgotten', () => descriptors() === QUIET);
  });

  it('carries ten megabytes each way at once, byte for byte', async () => {
    const [there, back] = [randomBytes(10 << 20), randomBytes(10 << 20)];
    let heard!: Promise<string>;
    const to = await server((socket) => {
      heard = digest(socket);
      socket.end(back);
    });
    const socket = client(await begun('tcp', to));
    socket.end(there);
    assert.equal(await digest(socket), hash(back));
    assert.equal(await heard, hash(there));
  });

  it('reads nothing for a client that does not read, and serves the others', async () => {
    const much = Buffer.alloc(64 << 20, 'x');
    const to = await server((socket) =>
      socket.once('data', (word: Buffer) => socket.end(String(word) === 'much' ? much : 'little')),
    );
    const port = await begun('tcp', to);
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
    assert(memory() < MOST_MEMORY, `${memory()} kB`);
    assert.equal(await digest(slow), hash(much));
    slow.end();
    await until('all are forgotten', () => descriptors() === QUIET);
  });

  it('cuts off a client whose container does so, or takes no calls', async () => {
    const to = await server((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const one = client(await begun('tcp', to));
    one.write('x');
    assert.equal(((await once(one, 'error')) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET');
    await until('it is forgotten', () => descriptors() === QUIET);
    await stop();
    const two = client(await begun('tcp', await freePort('tcp')));
    assert.equal(((await once(two, 'error')) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET');
    await until('it is forgotten', () => descriptors() === QUIET);
  });

  it('has room for 1024, and whoever comes after them waits', async () => {
    const to = await server((socket) => socket.on('data', (word: Buffer) => socket.write(word)));
    const port = await begun('tcp', to);
    const many = Array.from({ length: 1024 }, () => client(port));
    for (const one of many) one.write('x');
    for (const one of many) await once(one, 'data');
    assert.equal(descriptors(), QUIET + 2 * 1024);
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
    assert(memory() < MOST_MEMORY, `${memory()} kB`);
  });

  it('leads datagrams there and back for each client, and forgets those that are quiet', async () => {
    const echo = await udp('udp4', '127.0.0.1');
    echo.on('message', (message, { port, address }) => echo.send(message, port, address));
    const port = await begun('udp', echo.address().port, 'idle', '3000');
    const sizes = [0, 1, 1400, 60_000];
    for (const size of sizes) {
      const one = await udp('udp6', '::1', port);
      const message = Buffer.alloc(size, String(size));
      one.send(message);
      const [heard] = (await once(one, 'message')) as [Buffer];
      assert.deepEqual(heard, message);
    }
    assert(descriptors() > QUIET);
    await until('they are forgotten', () => descriptors() === QUIET);
    const again = await udp('udp6', '::1', port);
    again.send('again');
    assert.equal(String(((await once(again, 'message')) as [Buffer])[0]), 'again');
  });

  it('remembers 256 of them at most, and forgets the oldest first', async () => {
    const echo = await udp('udp4', '127.0.0.1');
    echo.on('message', (message, { port, address }) => echo.send(message, port, address));
    const port = await begun('udp', echo.address().port);
    for (let i = 0; i < 260; i++) {
      const one = await udp('udp6', '::1', port);
      one.send(String(i));
      assert.equal(String(((await once(one, 'message')) as [Buffer])[0]), String(i));
    }
    assert.equal(descriptors(), QUIET + 256);
  });

  it('has no rights', async () => {
    await begun('tcp', await freePort('tcp'));
    const status = readStatus(relay!.pid)!;
    const nobody = '65534\t65534\t65534\t65534';
    assert.deepEqual([status.get('Uid'), status.get('Gid'), status.get('Groups')], [nobody, nobody, '']);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status.get(set)!, /^0+$/, set);
    assert.deepEqual([status.get('NoNewPrivs'), status.get('Name')], ['1', 'drydock:relay']);
    // The compiler's sanitizer makes calls of its own.
    if (!process.env.DRYDOCK_SHIM) assert.equal(status.get('Seccomp'), '2');
  });

  it('ends with whoever has begun it, until it was told to go', async () => {
    const socket = native.boundSocket(types.tcp, '::1', 0);
    const { conversation, ended } = spawned([socket], ['127.0.0.1', '[::1]:0:80/tcp']);
    assert.equal(await said(conversation), 'ready');
    closeSync(conversation);
    assert.equal(await ended, 0);
    relay = undefined;
  });

  it('passes on what has come when it is asked to end, and its port is free then', async () => {
    const to = await server((socket) => {
      socket.write('first');
      socket.once('data', () => socket.write('last', () => process.kill(relay!.pid, 'SIGTERM')));
    });
    const port = await begun('tcp', to);
    const socket = client(port);
    await once(socket, 'data');
    let heard = '';
    socket.on('data', (bytes: Buffer) => (heard += String(bytes)));
    const cut = once(socket, 'error');
    socket.write('x');
    // The container has not said that this was all.
    assert.equal(((await cut)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
    assert.equal(heard, 'last');
    assert.equal(await relay!.ended, 0);
    relay = undefined;
    closeSync(native.boundSocket(types.tcp, '::1', port));
  });

  it('says what is wrong with its words', async () => {
    for (const [words, why] of [
      [['here', '[::1]:0:80/tcp'], /an address of IPv4 is needed/],
      [['127.0.0.1', '[::1]:0:80/sctp'], /relay: \[::1\]:0:80\/sctp\nusage: drydock-shim relay /],
      [['127.0.0.1', '[::1]:0:65536/tcp'], /relay: \[::1\]:0:65536\/tcp\nusage/],
      [['127.0.0.1', '[::1]:0:80/udp'], /there must be a socket for each port/],
    ] as const) {
      const socket = native.boundSocket(types.tcp, '::1', 0);
      const { conversation, ended } = spawned([socket], words);
      assert.match(await said(conversation), why);
      assert.equal(await ended, 125);
      closeSync(conversation);
      relay = undefined;
    }
  });

  async function stop(): Promise<void> {
    process.kill(relay!.pid, 'SIGTERM');
    assert.equal(await relay!.ended, 0);
    relay = undefined;
  }

  /** A socket at an address, connected to a port of it if there is one. */
  async function udp(type: 'udp4' | 'udp6', address: string, to?: number): Promise<Udp> {
    const socket = createSocket(type);
    open.push(socket);
    socket.bind(0, address);
    await once(socket, 'listening');
    if (to === undefined) return socket;
    socket.connect(to, address);
    await once(socket, 'connect');
    return socket;
  }
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** One of ::1 that is nobody's now. */
async function freePort(protocol: keyof typeof types): Promise<number> {
  const taken = protocol === 'tcp' ? createServer().listen(0, '::1') : createSocket('udp6').bind(0, '::1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await new Promise<void>((resolve) => taken.close(() => resolve()));
  return port;
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
