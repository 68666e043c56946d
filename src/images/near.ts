/** An image that is here under a name like one that could not be fetched: most often it was meant. */
import { DrydockError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import {
  familiar,
  familiarRepository,
  parseReference,
  repositoryName,
  withDefaultTag,
  type Reference,
} from '../registry/reference.ts';
import type { Data } from './db.ts';

/** Whether a registry has said no, or nobody has answered. */
export const isUnfetched = (error: unknown): error is DrydockError =>
  error instanceof DrydockError && ['REGISTRY', 'UNAUTHORIZED', 'IMAGE_MISSING'].includes(error.code);

const mostShown = 3;
/** So many names are compared: a hint is not worth more, and the engine does nothing else meanwhile. */
const mostNames = 2000;

/** The same error, with what is here under a name like it in front of its hint. */
export function withNearImage(error: unknown, data: Data, name: string): unknown {
  if (!isUnfetched(error)) return error;
  const near = nearImages(data, name);
  if (near.length === 0) return error;
  const here = near.map((one) => `'${one}'`).join(', ');
  const found = near.length === 1 ? `there is a local image ${here}` : `there are local images ${here}`;
  return Object.assign(error, { hint: error.hint ? `${found}; ${error.hint}` : found });
}

/** Other tags of its repository, else those of the repository whose name is most like it. */
function nearImages({ tags }: Data, name: string): string[] {
  const [wanted, names] = [referenceIn(name), Object.keys(tags)];
  if (!wanted || names.length > mostNames) return [];
  const all = names.map(parseReference);
  const of = (repository: string): string[] =>
    all
      .filter((one) => repositoryName(one) === repository && familiar(one) !== familiar(wanted))
      .map(familiar)
      .sort()
      .slice(0, mostShown);
  const own = of(repositoryName(wanted));
  if (own.length > 0) return own;
  const short = nearest(familiarRepository(wanted), [...new Set(all.map(familiarRepository))]);
  return short === undefined ? [] : of(repositoryName(parseReference(short)));
}

/** Undefined: it is no name, but an id. */
function referenceIn(text: string): Reference | undefined {
  try {
    return withDefaultTag(parseReference(text));
  } catch {
    return undefined;
  }
}
