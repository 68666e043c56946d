/**
 * A container that runs, after its engine was started anew. Its cables, rules and addresses were there all the time; what
 * ended with the last engine begins again: its name server, and the ports that are held for it. Its relay goes on.
 */
import { stateDir } from '../runtime/state.ts';
import { warn } from '../runtime/warning.ts';
import { shutRelays } from './bring-up.ts';
import { makeHostSide } from './bridged.ts';
import { remember } from './endpoints.ts';
import { hold } from './held.ts';
import { serveNames } from './names/server.ts';
import type { Attached, BridgedClaim, Networks, PublishedPort } from './networks.ts';
import { hasRelay, tendRelay } from './relay.ts';

/** What a container has, as long as it has something. */
export function claimOf(networks: Networks, record: Attached): BridgedClaim | null {
  const all = networks.endpoints.get(record.Id);
  return all ? remember(networks, record, all) : null;
}

/** Takes it over. The rules are looked after, too: somebody may have emptied the firewall meanwhile. */
export async function adopt(networks: Networks, record: Attached, pid: number): Promise<void> {
  const claim = claimOf(networks, record);
  if (!claim) return;
  for (const endpoint of claim.endpoints) makeHostSide(networks, endpoint);
  await tendPorts(networks, claim);
  await serveNames(networks, claim, `/proc/${pid}/ns/net`);
}

/**
 * Ports of a container that runs: what rules alone lead is held, the rest has its relay. What a program has taken meanwhile is
 * said, and keeps no other port from its place but those of the same relay.
 */
export async function tendPorts(networks: Networks, { container, name, endpoints }: BridgedClaim): Promise<void> {
  shutRelays(networks);
  await tendRelay(networks, stateDir(networks.run, container), endpoints).catch((error: Error) =>
    warn(`not all that is published answers for ${name} by IPv6`, error),
  );
  for (const endpoint of endpoints)
    for (const port of endpoint.ports)
      if (!hasRelay(networks, port, endpoint) && !isHeld(networks, port))
        warn(`${port.protocol} port ${port.hostPort} leads to ${name}, and a program has taken it for itself`);
}

/** An address may have gone, and descriptors may be used up: the rules lead there all the same. */
function isHeld({ held }: Networks, port: PublishedPort): boolean {
  try {
    return hold(held, port);
  } catch (error) {
    warn(`${port.protocol} port ${port.hostPort} of ${port.hostAddress} is not held`, error as Error);
    return true;
  }
}
