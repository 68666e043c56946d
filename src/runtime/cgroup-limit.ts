/**
 * One limit: a value for a file of a cgroup. In the config 0 has always meant "not asked for", and -1 "no limit".
 */

/** One value for one file of a controller. */
export interface Limit {
  /** As in /proc/cgroups; `unified` for a file that the config names itself. */
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** Its place in the config, for the error. */
  readonly place: string;
}

/** Notes a limit, unless its value is undefined: nothing is written then. */
export type Writer = (controller: string, file: string, value: number | string | undefined, place: string) => void;

/** The list that `fill` notes. */
export function collect(fill: (limit: Writer) => void): Limit[] {
  const limits: Limit[] = [];
  fill((controller, file, value, place) => {
    if (value !== undefined) limits.push({ controller, file, value: String(value), place: `linux.resources.${place}` });
  });
  return limits;
}

/** A number that was asked for: 0 was not. */
export const asked = (value: number | undefined): number | undefined => value || undefined;
