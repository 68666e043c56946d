/**
 * Cables of a container that has ended, pulled out aside.
 *
 * With a network namespace the kernel takes down the devices in it, and until it has waited for every reader of its tables
 * (cleanup_net: 20 to 60 ms) nobody else may change a device. Whoever waits for the container's end need not wait for
 * that: the endpoint has been silenced, so that its cable carries nothing. Most often the kernel has then been faster; but
 * a namespace that others have joined (`--network container:ID`) lives on, and would keep its place in the bridge.
 *
 * Until it is out, nobody gets its address: the bridge still sends frames for it down the old cable. An engine that dies
 * meanwhile leaves the rest to the kernel.
 */
import { isSyscallError } from '../linux/calls.ts';
import { ENODEV } from '../linux/errno.ts';
import { openNetlink } from '../linux/netlink.ts';
import { warn } from '../runtime/warning.ts';
import { removeLinkLater } from './link/links.ts';
import type { BridgedClaim, Endpoint, Networks } from './networks.ts';

/** Endpoints that are nobody's any more, whose cables are still there. */
export interface Leaving {
  readonly endpoints: readonly Endpoint[];
  readonly out: Promise<void>;
}

/** Begins it. One cable after another: each takes a thread of the few that Node has for its files. */
export function pullOut(networks: Networks, { container, endpoints }: BridgedClaim): void {
  const before = [...networks.leaving.values()].at(-1)?.out;
  const out = allOut(endpoints, before).then(
    () => {
      if (networks.leaving.get(container) === mine) networks.leaving.delete(container);
    },
    // Its address stays taken: that is better than two of it.
    (error: Error) => warn(`the cable of ${container.slice(0, 12)} cannot be pulled out`, error),
  );
  const mine: Leaving = { endpoints, out };
  networks.leaving.delete(container);
  networks.leaving.set(container, mine);
}

/** Waits until a container has nothing left of an earlier life: then it gets the address again that it had. */
export async function isOut({ leaving }: Networks, container: string): Promise<void> {
  await leaving.get(container)?.out;
}

async function allOut(endpoints: readonly Endpoint[], before: Promise<void> | undefined): Promise<void> {
  await before;
  const net = openNetlink();
  try {
    for (const { link } of endpoints) await removeLinkLater(net, link).catch(unlessGone);
  } finally {
    net.close();
  }
}

function unlessGone(error: unknown): void {
  if (!isSyscallError(error, ENODEV)) throw error;
}
