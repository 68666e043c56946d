/**
 * A device behind which somebody is who is not to be trusted: what the kernel shall believe of what comes in there.
 *
 * Strict reverse path filtering (RFC 3704; Documentation/networking/ip-sysctl.rst): a packet is taken only from where
 * the answer to it would go. Behind one end of a pair that is one address, and whoever writes another one as its sender
 * is not heard. IPv6 is off altogether: its neighbours could else announce themselves as the host's router
 * (CVE-2020-13401).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';

/** Confines a device of our own namespace, before it is set up. Throws SYSCALL. */
export function confine(name: string): void {
  set(`ipv4/conf/${name}/rp_filter`, '1');
  set(`ipv6/conf/${name}/disable_ipv6`, '1');
}

/** Whether that holds: the kernel takes the larger one of a device's setting and that of all, and 2 is the weaker. */
export function isWeakened(): boolean {
  return readFileSync(pathOf('ipv4/conf/all/rp_filter'), 'utf8').trim() === '2';
}

const pathOf = (name: string): string => `/proc/sys/net/${name}`;

function set(name: string, value: string): void {
  try {
    writeFileSync(pathOf(name), value);
  } catch (cause) {
    const { code, errno } = cause as NodeJS.ErrnoException;
    // A kernel without IPv6.
    if (code === 'ENOENT' && name.startsWith('ipv6')) return;
    throw new DrydockError('SYSCALL', `cannot write ${value} to ${pathOf(name)}: ${code}`, {
      call: 'write',
      args: [pathOf(name), value],
      errno: Math.abs(errno ?? 0),
      hint: 'without it a container could speak for others: /proc/sys must be writable',
      cause,
    });
  }
}
