import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { progress } from '../../../src/api/reply.ts';

describe('a stream of progress', () => {
  it('keeps nothing for a client that does not read: bars are left out, and whoever has much to tell waits', async () => {
    const kept: number[] = [];
    let hasWaited = false;
    const server = createServer((request, response) => {
      const reply = progress(async (tell) => {
        for (let current = 0; current < 20_000; current++)
          void tell({ status: 'Downloading', progressDetail: { current, total: 20_000 } });
        kept.push(response.writableLength);
        for (let lines = 0; !hasWaited; lines++) {
          assert(lines < 10_000, 'nobody is told to wait');
          const room = tell({ stream: 'a line of a program' });
          hasWaited = room !== undefined;
          await room;
        }
        kept.push(response.writableLength);
      });
      void reply(response, request);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const said = await text(client);
    server.close();
    assert(kept[0]! < 200_000, `${kept[0]} bytes wait`);
    assert.equal(kept[1], 0, 'who waited had room');
    assert(hasWaited && said.includes('a line of a program'));
  });
});
