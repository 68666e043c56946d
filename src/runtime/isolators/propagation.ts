/**
 * Which mounts appear on both sides (mount_namespaces(7), "Shared subtrees"): linux.rootfsPropagation, and volumes that
 * are shared with the host.
 *
 * The first step of a container cuts every tie to the host's mounts. A volume that is to stay tied is taken before that,
 * as a detached copy (open_tree(2), Linux 5.2), and is put in its place by the mounts isolator.
 */
import type { Isolator } from '../isolator.ts';
import { propagations } from '../../linux/mount-options.ts';
import { isTied, mountRequests, tiedSlot } from '../mount-request.ts';
import { isNew } from '../namespaces.ts';

export const propagation: Isolator = {
  name: 'propagation',
  summary: 'which mounts it shares with the host',
  requires: ['mounts'],
  phase: 'seal',
  steps(plan, { spec, mode, host }) {
    if (mode === 'exec' || !isNew(spec, 'mount')) return;
    for (const request of mountRequests(spec, host.bundle))
      if (isTied(request, host.features))
        plan
          .open_tree(request.source!, Number(request.recursive))
          .into(tiedSlot(request))
          .because('taken while it is still tied to the host’s');
    const wanted = propagations[spec.linux?.rootfsPropagation ?? ''];
    if (wanted !== undefined) plan.mount(null, '/', null, wanted, null).because('asked for in linux.rootfsPropagation');
  },
};
