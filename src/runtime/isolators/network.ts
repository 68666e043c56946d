/**
 * Its own network devices, addresses, routes, ports and firewall (network namespace, Linux 2.6.29;
 * network_namespaces(7)). A new one has a loopback device that is down, and nothing else.
 */
import type { Isolator } from '../isolator.ts';
import { isNew, wanted } from '../namespaces.ts';

export const network: Isolator = {
  name: 'network',
  summary: 'its own network devices, addresses and ports',
  phase: 'names',
  namespaces: (spec) => wanted(spec, 'network'),
  steps(plan, { spec, mode }) {
    if (mode === 'create' && isNew(spec, 'network')) plan.link_up('lo').because('127.0.0.1 answers only when it is up');
  },
};
