/**
 * `ps`: the containers that somebody wants to see, a line for each.
 */
import { basename } from 'node:path';
import { DrydockError } from '../errors.ts';
import { findIdNamed, withDescendants } from '../images/find.ts';
import { networksShown } from './blanks.ts';
import type { Container } from './container.ts';
import type { Engine, ListWanted } from './engine.ts';
import { hasLabel } from './events.ts';
import { portsNow } from './network.ts';
import { sizesOf } from './sizes.ts';
import { statusText } from './status-text.ts';
import type { ContainerRecord, ContainerSummary, Filters, NetworkSettings } from './types.ts';

/** Newest first. `limit` is of all, whether they run or not, as with Docker. Throws BAD_USAGE for an unknown filter. */
export async function listContainers(engine: Engine, wanted: ListWanted = {}): Promise<ContainerSummary[]> {
  const { filters = {}, limit = 0, size } = wanted;
  const tests = testsOf(engine, filters);
  const isAll = wanted.all || limit > 0 || 'status' in filters;
  const found = engine.containers
    .all()
    .filter(({ record }) => isAll || record.State.Running)
    .filter((container) => tests.every((test) => test(container)));
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const imageOf = shownImage(engine);
  return Promise.all(
    shown.map(async (one) => ({
      ...summaryOf(engine, one.record),
      Image: imageOf(one.record),
      ...(size && (await sizesOf(engine, one))),
    })),
  );
}

/** As it was asked for, while that still means the same image; afterwards its id says more. */
function shownImage({ store }: Engine): (record: ContainerRecord) => string {
  const data = store.db.read();
  const named = new Map<string, string | undefined>();
  return ({ Config: { Image: asked }, Image: id }) => {
    if (id.replace('sha256:', '').startsWith(asked.replace('sha256:', ''))) return asked;
    if (!named.has(asked)) named.set(asked, findIdNamed(data, asked));
    return named.get(asked) === id ? asked : id;
  };
}

function summaryOf(engine: Engine, record: ContainerRecord): Omit<ContainerSummary, 'Image'> {
  const { Id, Name, Config, Image, Path, Args, Created, State, NetworkSettings, HostConfig, Mounts } = record;
  return {
    Id,
    Names: [`/${Name}`],
    ImageID: Image,
    Command: [Path, ...Args].map(quoted).join(' '),
    Created: Math.floor(Date.parse(Created) / 1000),
    Ports: portsOf(portsNow(engine, record)),
    Labels: Config.Labels ?? {},
    State: State.Status,
    Status: statusText(State),
    HostConfig: { NetworkMode: HostConfig.NetworkMode ?? 'default' },
    NetworkSettings: { Networks: networksShown(NetworkSettings.Networks) },
    Mounts,
  };
}

const quoted = (word: string): string => (word.includes(' ') ? `'${word}'` : word);

function portsOf(ports: NonNullable<NetworkSettings['Ports']>): ContainerSummary['Ports'] {
  return Object.entries(ports).flatMap(([key, bindings]) => {
    const [port = '', Type = 'tcp'] = key.split('/');
    const PrivatePort = Number(port);
    if (!bindings) return [{ PrivatePort, Type }];
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp, PrivatePort, PublicPort: Number(HostPort), Type }));
  });
}

type Test = (container: Container) => boolean;

/** Of the words of one filter one has to fit, and of several filters each. */
function testsOf(engine: Engine, filters: Filters): Test[] {
  return Object.entries(filters).map(([name, words]) => {
    const make = Object.hasOwn(tests, name) && tests[name];
    if (!make)
      throw new DrydockError('BAD_USAGE', `Invalid filter '${name}'`, {
        hint: `known are ${Object.keys(tests).join(', ')}`,
      });
    const each = words.map((word) => make(word, engine));
    // Labels have to be there all together: that is what they are given twice for.
    return name === 'label'
      ? (container) => each.every((test) => test(container))
      : (container) => each.some((test) => test(container));
  });
}

const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const healths = ['none', 'starting', 'healthy', 'unhealthy'];

const tests: Readonly<Record<string, (word: string, engine: Engine) => Test>> = {
  id:
    (word) =>
    ({ id }) =>
      id.startsWith(word),
  name: (word) => {
    const pattern = patternOf(word.replace(/^\^?\/?/, (start) => (start.startsWith('^') ? '^' : '')));
    return ({ record }) => pattern.test(record.Name);
  },
  label:
    (word) =>
    ({ record }) =>
      hasLabel(record.Config.Labels ?? {}, word),
  status: (word) => {
    if (!statuses.includes(word)) throw unfit(`status=${word}`, statuses.join(', '));
    return ({ record }) => record.State.Status === word;
  },
  exited: (word) => {
    if (!/^-?\d+$/.test(word)) throw unfit(`exited=${word}`, 'an exit code, like 137');
    return ({ record: { State } }) => State.Status === 'exited' && State.ExitCode === Number(word);
  },
  ancestor: (word, { store }) => {
    const family: ReadonlySet<string> = withDescendants(store.db.read(), word);
    return ({ record }) => family.has(record.Image);
  },
  before: (word, { containers }) => {
    const { Created } = containers.find(word).record;
    return ({ record }) => record.Created < Created;
  },
  since: (word, { containers }) => {
    const { Created } = containers.find(word).record;
    return ({ record }) => record.Created > Created;
  },
  volume:
    (word) =>
    ({ record }) =>
      record.Mounts.some(({ Name, Destination }) => Name === word || Destination === word),
  network:
    (word) =>
    ({ record }) =>
      Object.entries(record.NetworkSettings.Networks).some(
        ([name, { NetworkID }]) => name === word || NetworkID?.startsWith(word),
      ),
  health: (word) => {
    if (!healths.includes(word))
      throw new DrydockError('BAD_USAGE', `Unrecognised filter value for health: ${word}`, {
        hint: healths.join(', '),
      });
    return ({ record }) => (record.State.Health?.Status ?? 'none') === word;
  },
  publish: (word, engine) => {
    const fits = portTest('publish', word);
    return ({ record }) => portsOf(portsNow(engine, record)).some(({ PublicPort, Type }) => fits(PublicPort, Type));
  },
  expose: (word) => {
    const fits = portTest('expose', word);
    return ({ record }) =>
      Object.keys(record.Config.ExposedPorts ?? {}).some((key) => fits(Number(key.split('/')[0]), basename(key)));
  },
  // Tasks belong to a swarm.
  'is-task': (word) => {
    if (word !== 'true' && word !== 'false')
      throw new DrydockError('BAD_USAGE', `Invalid filter 'is-task=[${word}]'`, {
        hint: 'is-task=true or is-task=false',
      });
    return () => word === 'false';
  },
  // A matter of Windows: on Linux dockerd takes any value, and every container has it (daemon/list_unix.go).
  isolation: () => () => true,
};

function patternOf(word: string): RegExp {
  try {
    return new RegExp(word);
  } catch (cause) {
    throw new DrydockError('BAD_USAGE', `Invalid filter 'name=${word}'`, {
      cause,
      hint: 'name is a regular expression: ( and [ are closed, or stand behind a backslash',
    });
  }
}

/** `80`, `80/udp`, `8000-8100/tcp` */
function portTest(name: string, word: string): (port: number | undefined, type: string) => boolean {
  const [, first, last = first, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(word) ?? [];
  if (first === undefined || Number(first) > Number(last))
    throw unfit(`${name}=${word}`, 'a port or a range of them, like 80, 53/udp or 8000-8100/tcp');
  return (port, type) => port !== undefined && port >= Number(first) && port <= Number(last) && type === protocol;
}

function unfit(filter: string, right: string): DrydockError {
  return new DrydockError('BAD_USAGE', `Invalid filter '${filter}'`, { hint: right });
}
