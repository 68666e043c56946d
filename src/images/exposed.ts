/** What EXPOSE takes, in a Dockerfile and in `--change`. docs.docker.com/reference/dockerfile, "EXPOSE". */

/** For an error about it. */
export const EXPOSED_FORM = 'as in 80, 53/udp or 8000-8010; a port is 1 to 65535';

/**
 * The names of ports: `8000-8002/udp` is three. An address and a port of the host may stand before it, as with `run -p`,
 * and mean nothing. Undefined for what is no port.
 */
export function exposedPorts(text: string): string[] | undefined {
  const port = text.replace(/^(([\d.]+|\[[\da-f:]+\]):)?(\d{1,5}(-\d{1,5})?)?:/i, '');
  const [, first, last, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(port) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (!(from >= 1 && to >= from && to <= 65_535)) return undefined;
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}/${protocol.toLowerCase()}`);
}
