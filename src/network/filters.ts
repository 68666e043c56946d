/** `--filter` of networks: each key must match, by one of its values. */
import { DrydockError } from '../errors.ts';
import type { Network, Networks } from './networks.ts';
import { isInUse, isOwn } from './own.ts';

/** Docker's map of filters: `{"driver": ["bridge"]}`. */
export type Filters = Readonly<Record<string, readonly string[]>>;

const tests: Readonly<Record<string, (network: Network, value: string, networks: Networks) => boolean>> = {
  driver: ({ driver }, value) => driver === value,
  id: ({ id }, value) => id.startsWith(value),
  name: ({ name }, value) => name.includes(value),
  label: ({ labels }, value) => hasLabel(labels, value),
  scope: (_, value) => value === 'local',
  type: (network, value) => (value === 'builtin') === isOwn(network),
  dangling: (network, value, networks) => isTrue(value) === (!isOwn(network) && !isInUse(networks, network)),
};

const isTrue = (value: string): boolean => value === 'true' || value === '1';

/** Whether a network is among those asked for. Throws NETWORK_INVALID for a filter that there is not. */
export function matches(networks: Networks, network: Network, filters: Filters): boolean {
  return Object.entries(filters).every(([key, values]) => {
    const test = Object.hasOwn(tests, key) && tests[key];
    if (!test)
      throw new DrydockError('NETWORK_INVALID', `Invalid filter '${key}'`, {
        hint: `networks are filtered by ${Object.keys(tests).join(', ')}`,
      });
    return values.some((value) => test(network, value, networks));
  });
}

/** `key`, or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key, ...value] = wanted.split('=');
  return value.length ? labels[key!] === value.join('=') : key! in labels;
}
