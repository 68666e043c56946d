/**
 * Two network namespaces that nobody lives in: one stands for the host, one for the container.
 *
 * A learner's function is tried in there, so that one that takes the wrong device takes none of this machine's.
 */
import { spawn } from 'node:child_process';
import { namespaceOf, until } from '../../src/learn/facts.ts';
import { withNetlink, type Netlink } from '../../src/linux/netlink.ts';

/** A namespace by the file that stands for it. */
export type Space = string;

/** Makes both for as long as `body` takes. What was left in them goes with them. */
export async function withSpaces<T>(body: (host: Space, guest: Space) => T | Promise<T>): Promise<T> {
  const holders = [hold(), hold()];
  try {
    const [host, guest] = (await Promise.all(holders.map(({ ready }) => ready))) as [Space, Space];
    return await body(host, guest);
  } finally {
    for (const { end } of holders) await end();
  }
}

function hold(): { ready: Promise<Space>; end: () => Promise<void> } {
  const child = spawn('unshare', ['--net', 'sleep', '1000'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const own = (): boolean => ![namespaceOf('self', 'net'), ''].includes(namespaceOf(child.pid!, 'net'));
  return {
    ready: until(own).then(() => `/proc/${child.pid}/ns/net`),
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Does something in a namespace: undefined, or what the kernel said against it. */
export function refusedIn(space: Space, work: (net: Netlink) => unknown): string | undefined {
  return withNetlink(space, (net) => {
    try {
      work(net);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  });
}
