/** A port of this machine's for the guest's ssh. Another program can take it before qemu does; then qemu says so. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DrydockError } from '../errors.ts';

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  return bound(0);
}

/** Answers the port. Throws VM_LACKS when it is taken, or may not be. */
export async function needFreePort(port: number): Promise<number> {
  try {
    return await bound(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be taken (${code})`;
    throw new DrydockError('VM_LACKS', `port ${port} of this machine ${why}`, {
      hint: `who has it: ss -ltnp 'sport = :${port}'; without --port the guest gets a free one`,
      cause: error,
    });
  }
}

async function bound(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const taken = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return taken;
}
