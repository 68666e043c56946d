/**
 * Which capabilities `--cap-add` and `--cap-drop` come to, in Docker's way: of ALL only the opposite option takes
 * something away again.
 */
import { DrydockError } from '../errors.ts';
import { capabilityNames, capabilityNumber, holds, ownBoundingSet } from '../linux/capabilities.ts';
import { didYouMean } from '../nearest.ts';

const ALL = 'ALL';

/** What is granted, by the names of capabilities(7). Throws BAD_USAGE for one that this kernel does not know. */
export function granted(usual: readonly string[], add: readonly string[], drop: readonly string[]): string[] {
  const [more, less] = [add.map(nameOf), drop.map(nameOf)];
  const start = more.includes(ALL) ? ownNames() : less.includes(ALL) ? [] : usual;
  const kept = start.filter((name) => !less.includes(name));
  return [...new Set([...kept, ...more.filter((name) => name !== ALL)])];
}

/** Everything that this machine's root has itself. */
export function ownNames(): string[] {
  const own = ownBoundingSet();
  return capabilityNames.filter((name) => holds(own, capabilityNumber(name) ?? 64));
}

/** Whether it is ALL, or the name of a capability that this kernel knows. */
export function isKnown(text: string): boolean {
  const name = fullName(text);
  return name === ALL || capabilityNumber(name) !== undefined;
}

/** `net_admin` is CAP_NET_ADMIN. */
export function fullName(text: string): string {
  const upper = text.toUpperCase();
  return upper === ALL ? ALL : upper.replace(/^(?!CAP_)/, 'CAP_');
}

function nameOf(text: string): string {
  const name = fullName(text);
  if (isKnown(name)) return name;
  throw new DrydockError('BAD_USAGE', `there is no capability '${text}' on this machine`, {
    hint: didYouMean(name, [...capabilityNames]),
  });
}
