/** What both engines say to the same requests: status and message, and which facts `version` and `info` have. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { labArchive, said, skipAll } from './support.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

function asked({ host }: Server, method: string, path: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socketPath = host.replace('unix://', '');
    const asking = request({ socketPath, method, path: `/v1.41${path}` }, (answer) => {
      let all = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, body: all === '' ? undefined : (JSON.parse(all) as unknown) }),
      );
    });
    asking.on('error', reject).end();
  });
}

const filtered = (path: string, filters: object): string =>
  `${path}filters=${encodeURIComponent(JSON.stringify(filters))}`;
const networks = (filters: object): string => filtered('/networks?', filters);
const containers = (filters: object): string => filtered('/containers/json?all=1&', filters);
const renamed = (name: string): string => `/containers/one/rename?name=${encodeURIComponent(name)}`;
const committed = (change: string): string => `/commit?container=one&changes=${encodeURIComponent(change)}`;

/** Refused by both with the same status, in the same words. */
const refused: readonly [method: string, path: string][] = [
  ...[
    { dangling: ['x'] },
    { dangling: ['T'] },
    { dangling: ['true', 'false'] },
    { colour: ['red'] },
    { colour: [] },
    { name: ['nosuch'], dangling: ['x'] },
  ].map((filters): [string, string] => ['GET', networks(filters)]),
  ...[{ 'is-task': ['x'] }, { 'is-task': ['1'] }, { task: ['x'] }].map((filters): [string, string] => [
    'GET',
    containers(filters),
  ]),
  ...['two', '/two', 'one', '/one', '', 'a', 'a b', '-x'].map((name): [string, string] => ['POST', renamed(name)]),
  ['POST', '/containers/nosuch/rename?name=two'],
  ...[
    ...[
      'BAD',
      'BAD x',
      'FROM x',
      'RUN x',
      'COPY a b',
      'MAINTAINER x',
      'SHELL ["x"]',
      'ARG a',
      'ENV A=b\nBAD y',
      ' ',
      '#x',
    ],
    ...['ENV', 'ENV A', 'ENV a=b c', 'ENV =b', 'LABEL', 'LABEL a', 'LABEL =b', 'USER', 'WORKDIR', 'EXPOSE', 'EXPOSE x'],
    ...['EXPOSE 99999', 'EXPOSE 82-80', 'VOLUME', 'VOLUME []', 'VOLUME [""]', 'ONBUILD', 'ONBUILD FROM x'],
    ...['ONBUILD ONBUILD RUN x', 'onbuild maintainer x', 'STOPSIGNAL SIGINT', 'ONBUILD --x RUN a', 'CMD ["a", 1]'],
    ...['ENV --x A=1', 'CMD --x=1 a', 'EXPOSE --x 80', 'VOLUME --x a', 'WORKDIR --x', 'USER --x a', 'LABEL --x=1 a=b'],
    ...[
      ...['', ' CMD', ' BAD x', ' NONE x', ' CMD []', ' CMD ["a", 1]', ' --bad=1 CMD x', ' --interval CMD x'],
      ...[
        ' --interval=1s',
        ' --interval=x CMD x',
        ' --interval=-1s CMD x',
        ' --timeout=1us CMD x',
        ' --retries=0 CMD x',
      ],
      ...[' --start-period=0 CMD x', ' --retries=x CMD x', ' --retries=9999999999 CMD x', ' --inter"val=1s CMD x'],
      ...[' --interval=1s --interval=2s CMD x', ' --interval=9999999h CMD x', ' --interval=5 CMD x'],
    ].map((rest) => `HEALTHCHECK${rest}`),
  ].map((change): [string, string] => ['POST', committed(change)]),
];

/** Taken by both, and the image has the same health check. */
const checked: readonly string[] = [
  ...['CMD a  b', 'NONE', 'none', 'CMD ["a", "b"]', '--interval= CMD x', '--interval=1s NONE', '-- CMD x', 'CMD --x y'],
  '--interval=1h1m1.5s --timeout=3s --retries=3 --start-period=1m CMD x || exit 1',
  'CMD x\nHEALTHCHECK --interval=9s CMD y',
  '--interval=9s CMD x\nHEALTHCHECK NONE',
];

/** How many each lists: every container here, or none. */
const listed: readonly string[] = [
  containers({ isolation: ['x'] }),
  containers({ isolation: ['default'] }),
  containers({ 'is-task': ['true'] }),
  containers({ 'is-task': ['false'] }),
  networks({ dangling: ['0'], type: ['custom'] }),
  networks({ type: ['custom'] }),
  networks({ type: [] }),
];

/** What only dockerd has, and why it is not here. */
const missing: Readonly<Record<string, string>> = {
  'version.BuildTime': 'the same sources give the same program, whenever it is built',
};

describe('what both engines answer', function () {
  this.timeout(120_000);
  let mine: Server;
  let theirs: Server;

  before('an engine, and a dockerd', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [mine, theirs] = await Promise.all([startEngine(), startDockerd()]);
    for (const server of [mine, theirs]) {
      await said(server.docker('import', await labArchive(), 'lab'));
      for (const name of ['one', 'two']) await said(server.docker('create', '--name', name, 'lab', 'true'));
      const check = ['--health-cmd', 'old', '--health-interval', '7s', '--health-retries', '9'];
      await said(server.docker('create', '--name', 'checked', ...check, 'lab', 'true'));
    }
  });
  after(async () => {
    await mine?.end();
    await theirs?.end();
  });

  const messageOf = ({ status, body }: Reply): object => ({
    status,
    message: (body as { message?: string }).message?.replace(/[0-9a-f]{64}/, 'ID'),
  });
  for (const [method, path] of refused)
    it(`is the same no: ${method} ${decodeURIComponent(path).replace('\n', '\\n')}`, async () => {
      const answer = messageOf(await asked(mine, method, path));
      assert.deepEqual(answer, messageOf(await asked(theirs, method, path)));
      assert.match(JSON.stringify(answer), /"status":4\d\d/);
    });

  for (const words of checked)
    it(`commits the same: HEALTHCHECK ${words.replace('\n', '\\n')}`, async () => {
      const check = async (server: Server, container: string): Promise<unknown> => {
        const path = committed(`HEALTHCHECK ${words}`).replace('=one', `=${container}`);
        const { Id } = (await asked(server, 'POST', path)).body as { Id: string };
        const { Config } = (await asked(server, 'GET', `/images/${Id}/json`)).body as { Config: object };
        return (Config as { Healthcheck?: object }).Healthcheck;
      };
      assert.notEqual(await check(mine, 'one'), undefined);
      for (const container of ['one', 'checked'])
        assert.deepEqual(await check(mine, container), await check(theirs, container));
    });

  it('is the same no to a kind of network that there is not; it is the client’s mistake, and so a 400', async () => {
    const path = networks({ type: ['builtin', 'x'] });
    const message = "invalid filter: 'type'='x'";
    assert.deepEqual(messageOf(await asked(theirs, 'GET', path)), { status: 500, message });
    assert.deepEqual(messageOf(await asked(mine, 'GET', path)), { status: 400, message });
  });

  for (const path of listed)
    it(`lists as many: ${decodeURIComponent(path)}`, async () => {
      const many = async (server: Server): Promise<number> => ((await asked(server, 'GET', path)).body as []).length;
      assert.equal(await many(mine), await many(theirs));
    });

  for (const what of ['version', 'info'])
    it(`has every fact of dockerd’s in ${what}, but those with a reason`, async () => {
      const facts = async (server: Server): Promise<Record<string, unknown>> =>
        (await asked(server, 'GET', `/${what}`)).body as Record<string, unknown>;
      const [ours, others] = [await facts(mine), await facts(theirs)];
      const lost = Object.entries(others).flatMap(([key, value]) => absent(`${what}.${key}`, value, ours[key]));
      const reasons = Object.keys(missing).filter((path) => path.startsWith(`${what}.`));
      assert.deepEqual(lost.sort(), reasons.sort());
    });

  it('calls one with the machine’s own name by its id all the same', async () => {
    const names = ['lab', 'sh', '-c', 'hostname; echo $HOSTNAME; cat /etc/hostname'];
    const alone = ['run', '--rm', '--network', 'none'];
    await both(mine, theirs, [...alone, '--uts', 'host', ...names]);
    await both(mine, theirs, [...alone, ...names]);
    await both(mine, theirs, ['run', '--rm', '--network', 'host', '--uts', 'host', ...names]);
    for (const server of [mine, theirs])
      await said(server.docker('run', '-d', '--name', 'up', '--network', 'none', '--init', 'lab', 'sleep', '1000'));
    const inOther = ['run', '--rm', '--network', 'container:up'];
    await both(mine, theirs, [...inOther, ...names]);
    await both(mine, theirs, [...inOther, '--uts', 'host', ...names]);
    for (const server of [mine, theirs]) await said(server.docker('rm', '-f', 'up'));
  });

  it('has the facts of the engine itself among its parts', async () => {
    const details = async (server: Server): Promise<string[]> => {
      const { Components } = (await asked(server, 'GET', '/version')).body as {
        Components: { Name: string; Details: Record<string, string> }[];
      };
      return Object.keys(Components.find(({ Name }) => Name === 'Engine')!.Details);
    };
    const ours = new Set(await details(mine));
    assert.deepEqual(
      (await details(theirs)).filter((name) => !ours.has(name)),
      ['BuildTime'],
    );
  });
});

/** Where something is that we have not got. What runs containers is called otherwise here. */
function absent(path: string, theirs: unknown, ours: unknown): string[] {
  if (ours === undefined) return [path];
  const isTable = typeof theirs === 'object' && theirs !== null && !Array.isArray(theirs);
  if (!isTable || path === 'info.Runtimes') return [];
  const table = ours as Record<string, unknown>;
  return Object.entries(theirs).flatMap(([key, value]) => absent(`${path}.${key}`, value, table[key]));
}
