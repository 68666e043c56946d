/** `--filter` of networks: each key must match, by one of its values. */
import { DrydockError } from '../errors.ts';
import type { Network, Networks } from './networks.ts';
import { isInUse, isOwn } from './own.ts';

/** Docker's map of filters: `{"driver": ["bridge"]}`. */
export type Filters = Readonly<Record<string, readonly string[]>>;

type Test = (network: Network) => boolean;

/** Of one value; made once, before anything is looked at: what is wrong must not depend on which networks there are. */
const tests: Readonly<Record<string, (value: string, networks: Networks) => Test>> = {
  driver: oneByOne(({ driver }, value) => driver === value),
  id: oneByOne(({ id }, value) => id.startsWith(value)),
  name: oneByOne(({ name }, value) => name.includes(value)),
  label: oneByOne(({ labels }, value) => hasLabel(labels, value)),
  scope: oneByOne((_, value) => value === 'local'),
  type: (value) => {
    if (!['builtin', 'custom'].includes(value))
      throw wrong(`invalid filter: 'type'='${value}'`, 'type=builtin or type=custom');
    return (network) => (value === 'builtin') === isOwn(network);
  },
  dangling: (value, networks) => {
    const isWanted = flags.get(value);
    if (isWanted === undefined)
      throw wrong(
        'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")',
        'dangling=true: networks of users in which no container is',
      );
    return (network) => isWanted === (!isOwn(network) && !isInUse(networks, network));
  },
};

const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Whether a network is among those asked for. Throws NETWORK_INVALID for a filter that there is not, or for a value of it. */
export function filterTest(networks: Networks, filters: Filters): Test {
  const all = Object.entries(filters).map(([key, values]) => {
    const test = Object.hasOwn(tests, key) && tests[key];
    if (!test) throw wrong(`Invalid filter '${key}'`, `networks are filtered by ${Object.keys(tests).join(', ')}`);
    if (key === 'dangling' && values.length > 1)
      throw wrong('got more than one value for filter key "dangling"', 'it is true or false');
    return values.map((value) => test(value, networks));
  });
  return (network) => all.every((each) => each.some((test) => test(network)));
}

function oneByOne(fits: (network: Network, value: string) => boolean): (value: string) => Test {
  return (value) => (network) => fits(network, value);
}

const wrong = (message: string, hint: string): DrydockError => new DrydockError('NETWORK_INVALID', message, { hint });

/** `key`, or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key, ...value] = wanted.split('=');
  return value.length ? labels[key!] === value.join('=') : key! in labels;
}
