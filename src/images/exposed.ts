/**
 * What EXPOSE takes, in a Dockerfile and in `--change`. docs.docker.com/reference/dockerfile, "EXPOSE".
 *
 * Ranges are named one by one only when all of them are known: hundreds may be the same, and each has up to 65,535 ports.
 */

/** For an error about it. */
export const EXPOSED_FORM = 'as in 80, 53/udp or 8000-8010; a port is 1 to 65535';

type Range = readonly [first: number, last: number];

export class ExposedPorts {
  private readonly ranges = new Map<string, Range[]>();

  /**
   * `8000-8002/udp` is three. An address and a port of the host may stand before it, as with `run -p`, and mean nothing.
   * False for what is no port.
   */
  add(text: string): boolean {
    const port = text.replace(/^(([\d.]+|\[[\da-f:]+\]):)?(\d{1,5}(-\d{1,5})?)?:/i, '');
    const [, from, to, name = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(port) ?? [];
    const [first, last] = [Number(from), Number(to ?? from)];
    if (!(first >= 1 && last >= first && last <= 65_535)) return false;
    const protocol = name.toLowerCase();
    if (!this.ranges.has(protocol)) this.ranges.set(protocol, []);
    this.ranges.get(protocol)!.push([first, last]);
    return true;
  }

  /** Each once, as an image's config has them: `{"80/tcp": {}}`; undefined: there are none. */
  all(): Record<string, object> | undefined {
    if (this.ranges.size === 0) return undefined;
    const names = [...this.ranges].flatMap(([protocol, ranges]) =>
      apart(ranges).flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol}`),
      ),
    );
    return Object.fromEntries(names.map((name) => [name, {}]));
  }
}

/** The same ports in ranges that have none in common. */
function apart(ranges: readonly Range[]): Range[] {
  const found: Range[] = [];
  let next = 0;
  for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
    if (last < next) continue;
    found.push([Math.max(first, next), last]);
    next = last + 1;
  }
  return found;
}
