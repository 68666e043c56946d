/**
 * Two network namespaces that nobody lives in: one stands for the host, one for the container.
 *
 * A learner's function is tried in there, so that one that takes the wrong device takes none of this machine's.
 */
import type { Outsider } from '../../src/learn/demo/demo.ts';
import { endAll, startOutsider, type Outsiders } from '../../src/learn/demo/target.ts';
import { namespaceOf, until } from '../../src/learn/facts.ts';
import { withNetlink, type Netlink } from '../../src/linux/netlink.ts';

/** A namespace by the file that stands for it. */
export type Space = string;

/** Makes both for as long as `body` takes. What was left in them goes with them. */
export async function withSpaces<T>(body: (host: Space, guest: Space) => T | Promise<T>): Promise<T> {
  const outsiders: Outsiders = [];
  try {
    const hold = (): Promise<Outsider> => startOutsider('unshare', ['--net', 'sleep', '1000'], outsiders);
    const [host, guest] = [await hold(), await hold()];
    const ours = ['', namespaceOf('self', 'net')];
    await until(() => [host, guest].every(({ pid }) => !ours.includes(namespaceOf(pid, 'net'))));
    return await body(`/proc/${host.pid}/ns/net`, `/proc/${guest.pid}/ns/net`);
  } finally {
    endAll(outsiders);
  }
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
