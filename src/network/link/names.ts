/**
 * What the kernel takes as the name of a network device (netdevice(7), IFNAMSIZ; dev_valid_name() in net/core/dev.c). Asked for
 * another one it says ERANGE or EINVAL, and not why.
 */

/** IFNAMSIZ, without the zero at the end. */
const MOST_BYTES = 15;

export const DEVICE_NAMES = `at most ${MOST_BYTES} bytes without a slash, a colon, a percent sign or a space, and neither . nor ..`;

/** By bytes: to the kernel 0xa0 is a space, also within a letter. A name with a `%` it takes for a pattern, and counts. */
const FORBIDDEN = /[/:%\t-\r \xa0]/;

/** Why this is none: `has 22 bytes`; undefined when it is one. */
export function noDeviceName(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) return 'is empty';
  if (bytes > MOST_BYTES) return `has ${bytes} bytes`;
  if (name === '.' || name === '..') return 'is a folder to the kernel, which shows devices as files';
  return FORBIDDEN.test(Buffer.from(name).toString('latin1'))
    ? 'has a slash, a colon, a percent sign or a space'
    : undefined;
}
