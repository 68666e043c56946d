/** Removes networks in which nobody is: from the kernel first, then from what is known. */
import { DrydockError } from '../errors.ts';
import { takeDown } from './bring-up.ts';
import { findNetwork } from './list.ts';
import type { Network, Networks } from './networks.ts';
import { isInUse, isOwn } from './own.ts';
import { forgetNetwork } from './store.ts';

/** Throws NO_SUCH_NETWORK, NETWORK_IN_USE. */
export function removeNetwork(networks: Networks, name: string): Network {
  const network = findNetwork(networks, name);
  if (isOwn(network))
    throw new DrydockError('NETWORK_IN_USE', `${network.name} is a pre-defined network and cannot be removed`, {
      hint: 'only networks that somebody has created can be removed',
    });
  if (isInUse(networks, network))
    throw new DrydockError(
      'NETWORK_IN_USE',
      `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
      {
        hint: '`drydock network inspect` shows who is in it; stop or disconnect them',
      },
    );
  takeDown(networks, network);
  forgetNetwork(networks, network);
  return network;
}

/**
 * Removes those that nobody is in and, says `isWanted`, nobody will be: a stopped container keeps its networks. The
 * networks that went.
 */
export function pruneNetworks(networks: Networks, isWanted: (network: Network) => boolean = () => false): Network[] {
  const unused = [...networks.byId.values()].filter(
    (network) => !isOwn(network) && !isInUse(networks, network) && !isWanted(network),
  );
  return unused.map(({ id }) => removeNetwork(networks, id));
}
