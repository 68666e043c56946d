/**
 * What `builder prune` may be told: which of the things that builds keep are to go (moby, builder/builder-next/builder.go).
 *
 *     until, unused-for               what is older. Nobody writes down when something was last taken, so its making counts
 *     label, label!                   of a state, which is an image; a folder has none
 *     id, parent, type, description   as `system df -v` shows them; of an id a part is enough
 *     inuse, shared, private          as it shows them, too
 *
 * `system prune` sends here what it was told for everything else. Docker takes labels and looks at none of them: what has no
 * label goes there, too. Here it stays.
 */
import { DrydockError } from '../errors.ts';
import { flagOf, hasLabels } from '../images/filters.ts';
import { momentOf } from '../images/prune.ts';
import type { BuildCache } from './build-usage.ts';

type Filters = Readonly<Record<string, readonly string[]>>;

export interface Kept {
  readonly created: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Undefined for what was made after somebody has looked. */
  readonly cache: BuildCache | undefined;
}

export interface CacheTest {
  readonly isAsking: boolean;
  /** It is asked what only `system df` knows. */
  readonly isOfUsage: boolean;
  /** Folders are asked for by name. */
  readonly isOfFolders: boolean;
  fits(kept: Kept): boolean;
}

const facts: Readonly<Record<string, (cache: BuildCache, value: string) => boolean>> = {
  id: ({ ID }, value) => ID.includes(value),
  parent: ({ Parent }, value) => Parent === value,
  type: ({ Type }, value) => Type === value,
  description: ({ Description }, value) => Description === value,
};
const flags: Readonly<Record<string, (cache: BuildCache) => boolean>> = {
  inuse: ({ InUse }) => InUse,
  shared: ({ Shared }) => Shared,
  private: ({ Shared }) => !Shared,
};
const known = ['until', 'unused-for', 'label', 'label!', ...Object.keys(facts), ...Object.keys(flags)];

/** Throws BAD_USAGE in Docker's words. */
export function cacheTest(filters: Filters): CacheTest {
  refuseUnknown(filters);
  const { until = [], 'unused-for': unused = [], label: having = [], 'label!': lacking = [] } = filters;
  if (until.length > 0 && unused.length > 0)
    throw new DrydockError('BAD_USAGE', 'failed to prune build cache: conflicting filters: "until" and "unused-for"', {
      hint: 'they are the same',
    });
  const ofUsage = [...Object.keys(facts), ...Object.keys(flags)].filter((key) => filters[key]?.length);
  if ([[...until, ...unused], ...ofUsage.map((key) => filters[key]!)].some(({ length }) => length > 1))
    throw new DrydockError('BAD_USAGE', 'failed to prune build cache: filters expect only one value', {
      hint: 'give each of them once',
    });
  const moments = [...until, ...unused].map(momentOf);
  const tests = ofUsage.map((key): ((cache: BuildCache) => boolean) => {
    const fact = facts[key];
    if (fact) return (cache) => fact(cache, filters[key]![0]!);
    const wanted = filters[key]![0] === '' || flagOf(filters, key);
    return (cache) => flags[key]!(cache) === wanted;
  });
  return {
    isAsking: Object.keys(filters).length > 0,
    isOfUsage: tests.length > 0,
    isOfFolders: filters.type?.[0] === 'exec.cachemount',
    fits: ({ created, labels, cache }) =>
      moments.every((moment) => Date.parse(created ?? '') < moment) &&
      hasLabels(labels, having) &&
      !lacking.some((one) => hasLabels(labels, [one])) &&
      (tests.length === 0 || (cache !== undefined && tests.every((test) => test(cache)))),
  };
}

function refuseUnknown(filters: Filters): void {
  const unknown = Object.keys(filters).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new DrydockError('BAD_USAGE', `failed to prune build cache: invalid filter '${unknown}'`, {
      hint: `there are: ${known.join(', ')}`,
    });
}
