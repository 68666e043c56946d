/** `volume ls --filter` and `volume prune --filter`: which volumes fit, in Docker's words where one does not exist. */
import { DrydockError } from '../../errors.ts';
import { hasLabels } from '../../images/filters.ts';
import type { Filters } from '../types.ts';

/** What is asked about a volume. */
export interface Facts {
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hasOptions: boolean;
  readonly isUsed: boolean;
}

type Fits = (facts: Facts, value: string) => boolean;

const tests: Readonly<Record<string, Fits>> = {
  dangling: ({ isUsed }, value) => isUsed !== (value === 'true' || value === '1'),
  driver: ({ driver }, value) => driver === value,
  label: ({ labels }, value) => hasLabels(labels, [value]),
  'label!': ({ labels }, value) => !hasLabels(labels, [value]),
  name: ({ name }, value) => isPart(name, value),
};

export const listFilters = ['dangling', 'driver', 'label', 'name'];
export const pruneFilters = ['label', 'label!'];

/** All labels must fit, and of the values of any other key one. Throws API_INVALID for what nobody would obey. */
export function filterOf(filters: Filters, allowed: readonly string[]): (facts: Facts) => boolean {
  for (const [key, values] of Object.entries(filters)) {
    if (!allowed.includes(key)) throw invalid(`Invalid filter '${key}'`, `there are: ${allowed.join(', ')}`);
    if (key === 'dangling' && values.some((value) => !/^(true|false|1|0)$/.test(value)))
      throw invalid(`Invalid filter 'dangling=[${values.join(' ')}]'`, 'dangling=true or dangling=false');
  }
  return (facts) =>
    Object.entries(filters).every(([key, values]) => {
      const fits = (value: string): boolean => tests[key]!(facts, value);
      return key.startsWith('label') ? values.every(fits) : values.some(fits);
    });
}

/** A part of the name; with ^ in front and $ behind where it begins or ends, as scripts write it. */
function isPart(name: string, pattern: string): boolean {
  const [, start, text = '', end] = /^(\^?)(.*?)(\$?)$/.exec(pattern) ?? [];
  if (start && end) return name === text;
  if (start) return name.startsWith(text);
  return end ? name.endsWith(text) : name.includes(text);
}

function invalid(message: string, hint: string): DrydockError {
  return new DrydockError('API_INVALID', message, { hint });
}
