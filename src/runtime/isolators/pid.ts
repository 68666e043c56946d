/**
 * Its own process numbers (PID namespace, Linux 2.6.24; pid_namespaces(7)).
 *
 * The first process in it is number 1: when it ends, the kernel kills all others; orphans become its children; and
 * signals that it has no handler for do not reach it. Without it, the container sees and can kill every process of
 * the host that its user may kill.
 */
import type { Isolator } from '../isolator.ts';
import { wanted } from '../namespaces.ts';

export const pid: Isolator = {
  name: 'pid',
  summary: 'its own process numbers',
  namespaces: (spec) => wanted(spec, 'pid'),
};
