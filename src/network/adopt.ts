/**
 * A container that runs, after its engine was started anew. Its cables, rules and addresses were there all the time; what
 * ended with the last engine begins again: its name server, and the ports that are held for it.
 */
import { warn } from '../runtime/warning.ts';
import { makeHostSide } from './bridged.ts';
import { remember } from './endpoints.ts';
import { hold } from './held.ts';
import { serveNames } from './names/server.ts';
import type { Attached, BridgedClaim, Networks } from './networks.ts';

/** What a container has, as long as it has something. */
export function claimOf(networks: Networks, record: Attached): BridgedClaim | null {
  const all = networks.endpoints.get(record.Id);
  return all ? remember(networks, record, all) : null;
}

/** Takes it over. The rules are looked after, too: somebody may have emptied the firewall meanwhile. */
export async function adopt(networks: Networks, record: Attached, pid: number): Promise<void> {
  const claim = claimOf(networks, record);
  if (!claim) return;
  for (const endpoint of claim.endpoints) {
    makeHostSide(networks, endpoint);
    for (const port of endpoint.ports)
      if (!hold(networks.held, port))
        warn(`${port.protocol} port ${port.hostPort} leads to ${claim.name}, and a program has taken it for itself`);
  }
  await serveNames(networks, claim, `/proc/${pid}/ns/net`);
}
