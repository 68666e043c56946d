/** The relay and its datagrams: both ends are in the hands of the test. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { leavesNothing, until } from '../support.ts';
import { QUIET, Relay } from './relay-support.ts';

describe('the relay of datagrams', function () {
  this.timeout(60_000);
  const open: Socket[] = [];
  const relay = new Relay();
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    return relay.kill();
  });
  leavesNothing();

  it('leads datagrams there and back for each client, and forgets those that are quiet', async () => {
    const echo = await udp('udp4', '127.0.0.1');
    echo.on('message', (message, { port, address }) => echo.send(message, port, address));
    const port = await relay.begin('udp', echo.address().port, 'idle', '3000');
    const sizes = [0, 1, 1400, 60_000];
    for (const size of sizes) {
      const one = await udp('udp6', '::1', port);
      const message = Buffer.alloc(size, String(size));
      one.send(message);
      const [heard] = (await once(one, 'message')) as [Buffer];
      assert.deepEqual(heard, message);
    }
    assert(relay.descriptors() > QUIET);
    await until('they are forgotten', () => relay.descriptors() === QUIET);
    const again = await udp('udp6', '::1', port);
    again.send('again');
    assert.equal(String(((await once(again, 'message')) as [Buffer])[0]), 'again');
  });

  it('remembers 256 of them at most, and forgets the oldest first', async () => {
    const echo = await udp('udp4', '127.0.0.1');
    echo.on('message', (message, { port, address }) => echo.send(message, port, address));
    const port = await relay.begin('udp', echo.address().port);
    for (let i = 0; i < 260; i++) {
      const one = await udp('udp6', '::1', port);
      one.send(String(i));
      assert.equal(String(((await once(one, 'message')) as [Buffer])[0]), String(i));
    }
    assert.equal(relay.descriptors(), QUIET + 256);
  });

  /** A socket at an address, connected to a port of it if there is one. */
  async function udp(type: 'udp4' | 'udp6', address: string, to?: number): Promise<Socket> {
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
