/**
 * A device behind which somebody is who is not to be trusted: what the kernel shall believe of what comes in there.
 *
 * Strict reverse path filtering (RFC 3704; Documentation/networking/ip-sysctl.rst): a packet is taken only from where
 * the answer to it would go. Behind one end of a pair that is one address, and whoever writes another one as its sender
 * is not heard. IPv6 is off, or hears no announcements: its neighbours could else name themselves the host's router
 * (CVE-2020-13401).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';

/** Confines a device of our own namespace, before it is set up. Throws SYSCALL. */
export function confine(name: string, hasIPv6 = false): void {
  setSetting(`ipv4/conf/${name}/rp_filter`, '1');
  if (hasIPv6) setSetting(`ipv6/conf/${name}/accept_ra`, '0');
  else setSetting(`ipv6/conf/${name}/disable_ipv6`, '1');
}

/** Whether that holds: the kernel takes the larger one of a device's setting and that of all, and 2 is the weaker. */
export function isWeakened(): boolean {
  return readFileSync(pathOf('ipv4/conf/all/rp_filter'), 'utf8').trim() === '2';
}

const pathOf = (name: string): string => `/proc/sys/net/${name}`;

/** Writes a file below /proc/sys/net, which is that of our own network namespace. Throws SYSCALL. */
export function setSetting(name: string, value: string): void {
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
      hint: '/proc/sys must be writable: without this setting a container could speak for others, or not at all',
      cause,
    });
  }
}
