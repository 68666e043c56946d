/**
 * Kernel parameters of the container's own namespaces (sysctl(8), proc_sys(5)).
 *
 * Most parameters are the whole machine's, and a container must not set them. Those that belong to a namespace may be
 * set when the container does not share that namespace with the host.
 */
import { DrydockError } from '../../errors.ts';
import type { Isolator, NamespaceType } from '../isolator.ts';
import { wanted } from '../namespaces.ts';
import { slot } from '../plan.ts';

/** Which namespace a parameter belongs to. */
const owners: readonly (readonly [RegExp, NamespaceType])[] = [
  [/^net\//, 'network'],
  [/^fs\/mqueue\//, 'ipc'],
  [/^kernel\/(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$/, 'ipc'],
  [/^kernel\/domainname$/, 'uts'],
];

export const sysctl: Isolator = {
  name: 'sysctl',
  summary: 'kernel parameters of its own namespaces',
  requires: ['mounts', 'network', 'ipc', 'uts'], // or a parameter of theirs would be the host's
  claim(spec) {
    for (const name of Object.keys(spec.linux?.sysctl ?? {})) {
      const owner = owners.find(([pattern]) => pattern.test(pathOf(name)))?.[1];
      if (owner === undefined)
        throw refused(name, 'is a parameter of the whole machine', 'set it on the host, or leave it out');
      if (wanted(spec, owner).length === 0)
        throw refused(
          name,
          `belongs to the ${owner} namespace, which here is the host’s`,
          `add { "type": "${owner}" }`,
        );
    }
    return null;
  },
  steps(plan, { spec, mode }) {
    if (mode === 'exec') return;
    for (const [name, value] of Object.entries(spec.linux?.sysctl ?? {}))
      plan.write_sysctl(slot('root'), pathOf(name), value).because('asked for in linux.sysctl');
  },
};

function refused(name: string, what: string, hint: string): DrydockError {
  return new DrydockError('SPEC_INVALID', `linux.sysctl: '${name}' ${what}`, { isolator: 'sysctl', hint });
}

/** `net.ipv4.conf.eth0/1.rp_filter` names a device eth0.1: where the first separator is a dot, the others are exchanged. */
function pathOf(name: string): string {
  const exchanged = name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
  const path = /^[^./]*\./.test(name) ? exchanged : name;
  if (path.split('/').some((part) => part === '' || part === '..' || part === '.'))
    throw refused(name, 'is no name of a parameter', 'as in `sysctl -a`: net.ipv4.ip_forward');
  return path;
}
