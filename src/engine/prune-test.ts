/**
 * What `prune` may be told of containers and of networks: `label`, `label!` and `until`. It is read before anything is looked
 * at: what is wrong must not depend on whether there is something to remove (moby, daemon/prune.go).
 */
import { DrydockError } from '../errors.ts';
import { hasLabels } from '../images/filters.ts';
import { momentOf } from '../images/prune.ts';
import type { Filters } from './types.ts';

const known = ['label', 'label!', 'until'];

type Test = (labels: Readonly<Record<string, string>> | undefined, created: string) => boolean;

/** Whether something is to go. Throws API_INVALID for a filter that there is not, BAD_USAGE for what is no moment. */
export function pruneTest(filters: Filters): Test {
  const unknown = Object.keys(filters).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new DrydockError('API_INVALID', `Invalid filter '${unknown}'`, { hint: `there are: ${known.join(', ')}` });
  const { label: having = [], 'label!': lacking = [], until: texts = [] } = filters;
  const untils = texts.map(momentOf);
  return (labels, created) =>
    hasLabels(labels, having) &&
    !lacking.some((label) => hasLabels(labels, [label])) &&
    untils.every((until) => Date.parse(created) < until);
}
