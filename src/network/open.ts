/**
 * Opens what is known about networks: definitions from `networks/`, endpoints from the claims of the containers that
 * there are. Nothing happens to the kernel here: a bridge is made when the first container needs it.
 */
import { DrydockError } from '../errors.ts';
import { listDirs, readClaims } from '../runtime/state.ts';
import { warn } from '../runtime/warning.ts';
import { takeDown } from './bring-up.ts';
import { letGo } from './held.ts';
import type { BridgedClaim, NetworkOptions, Networks } from './networks.ts';
import { isInUse, keepOwn } from './own.ts';
import { readNetworks } from './store.ts';

/** Throws NETWORK_INVALID for options that are wrong, STATE_BROKEN for a definition that cannot be read. */
export function openNetworks(where: { root: string; run: string; options?: NetworkOptions }): Networks {
  const { root, run, options = {} } = where;
  const claims = claimsBelow(run);
  const networks: Networks = {
    root,
    run,
    options,
    byId: new Map(readNetworks(root).map((network) => [network.id, network])),
    endpoints: new Map(claims.map(({ container, endpoints }) => [container, endpoints])),
    containers: new Map(claims.map(({ container, name }) => [container, name])),
    leaving: new Map(),
    up: new Set(),
    held: new Map(),
    names: new Map(),
  };
  keepOwn(networks);
  return networks;
}

/** Ends it: name servers and held ports go, and the bridges that nobody is in. What containers have stays. */
export async function closeNetworks(networks: Networks): Promise<void> {
  await Promise.all([...networks.leaving.values()].map(({ out }) => out));
  for (const server of networks.names.values()) server.close();
  networks.names.clear();
  for (const { ports } of [...networks.endpoints.values()].flat()) letGo(networks.held, ports);
  for (const network of networks.byId.values()) if (!isInUse(networks, network)) takeDown(networks, network);
}

// Those whose creation or removal was cut off, too: until somebody gives it back, it is theirs.
function claimsBelow(run: string): BridgedClaim[] {
  return listDirs(run).flatMap((dir) => {
    try {
      const claim = readClaims(dir)?.claims.bridged as BridgedClaim | null | undefined;
      return claim ? [claim] : [];
    } catch (error) {
      if (!(error instanceof DrydockError) || error.code !== 'STATE_BROKEN') throw error;
      warn(`which addresses the container in ${dir} has is not known`, error);
      return [];
    }
  });
}
