/** Single options and single words: each is given to ours and to a dockerd, and both must answer the same. */
import assert from 'node:assert/strict';
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { command, eventually, labArchive, said, skipAll, type Answer } from './support.ts';

const none = ['--network', 'none'];

describe('single options of an engine', function () {
  this.timeout(180_000);
  let ours: Server;
  let theirs: Server;

  const same = (words: readonly string[], given: Parameters<typeof both>[3] = {}): Promise<Answer> =>
    both(ours, theirs, words, given);

  before('an engine, and a dockerd, each with the lab', async function () {
    const reason = lacks();
    if (reason) skipAll(this, reason);
    [ours, theirs] = await Promise.all([startEngine(), startDockerd()]);
    for (const server of [ours, theirs]) await said(server.docker('import', await labArchive(), 'lab'));
  });
  afterEach(async () => {
    for (const server of [ours, theirs])
      await command(['sh', '-c', `docker -H ${server.host} ps -aq | xargs -r docker -H ${server.host} rm -fv`]);
  });
  after(async () => {
    await ours?.end();
    await theirs?.end();
  });

  describe('of logs', () => {
    const wrong: Readonly<Record<string, readonly string[]>> = {
      'json-file': [
        'max-size=0',
        'compress=true',
        'compress=true,max-size=2m',
        'compress=true,max-file=2',
        'labels=a,x=y',
      ],
      local: ['max-file=1', 'max-file=-3', 'compress=true,max-file=1', 'labels=a', 'tag=a', 'x=y'],
    };
    const wrongForBoth = [
      ...['mode=foo', 'max-buffer-size=1m', 'mode=blocking,max-buffer-size=1m'],
      ...['mode=non-blocking,max-buffer-size=x', 'max-size=-1', 'max-size=x', 'max-size=', 'max-file=x'],
      'compress=maybe',
    ];
    const right: Readonly<Record<string, readonly string[]>> = {
      'json-file': ['max-size=1.5m', 'max-size=2m,max-file=2,compress=true', 'compress=false', 'labels=a,env=b'],
      local: ['', 'max-size=1.5m', 'max-size=0', 'max-file=1,compress=false', 'mode=non-blocking,max-buffer-size=1.5m'],
    };
    const words = (driver: string, options: string): string[] => [
      ...['--log-driver', driver],
      ...options.split(',').flatMap((option) => (option ? ['--log-opt', option] : [])),
    ];

    for (const driver of ['json-file', 'local'])
      it(`takes and refuses the options of ${driver} as a dockerd does`, async () => {
        for (const options of [...wrongForBoth, ...wrong[driver]!]) {
          const { code } = await same(['run', '--rm', ...none, ...words(driver, options), 'lab', 'true'], {
            // The second line is of what Docker's start has left.
            same: (text) => text.split('\n\n')[0]!,
          });
          assert.notEqual(code, 0, options);
        }
        assert.equal((await command(ours.docker('ps', '-aq'))).stdout, '', 'none of ours was made');
        for (const options of right[driver]!) {
          const { stdout } = await same([
            'run',
            ...none,
            '--name',
            'log',
            ...words(driver, options),
            'lab',
            'echo',
            'said',
          ]);
          assert.equal(stdout, 'said\n', options);
          await same(['logs', 'log']);
          await same(['inspect', '--format', '{{json .HostConfig.LogConfig}}', 'log']);
          await same(['rm', 'log']);
        }
      });

    it('are known for three drivers', async () => {
      assert.equal(await said(ours.docker('info', '--format', '{{.Plugins.Log}}')), '[json-file local none]');
    });
  });

  const fields = ['NanoCpus', 'CpuQuota', 'CpuPeriod', 'Memory', 'MemorySwap', 'PidsLimit', 'RestartPolicy.Name'];
  const format = fields.map((field) => `{{json .HostConfig.${field}}}`).join(' ');

  /** What a container has, and how it is to change. */
  const changes: readonly (readonly [has: string, asked: string])[] = [
    ...(['--cpu-quota 5000', '--cpu-period 50000'] as const).flatMap((time) => [
      ['--cpus 0.5', time] as const,
      [time, '--cpus 0.5'] as const,
      ['', `--cpus 0.5 ${time}`] as const,
    ]),
    ['--cpus 0.5', '--cpu-quota 5000 --cpu-period 50000'],
    ['--cpus 0.5', '--cpus 0.7'],
    ['', '-m 64m'],
    ['', '-m 64m --memory-swap 128m'],
    ['-m 64m', '-m 128m'],
    ['-m 64m', '-m 129m'],
    ['-m 64m --memory-swap -1', '-m 129m'],
    ['-m 64m --memory-swap -1', '-m 129m --memory-swap -1'],
    ['--pids-limit -5', '--pids-limit 7'],
    ['--pids-limit -1', ''],
    ['--pids-limit 5', '--pids-limit -5'],
    ['--pids-limit 5', '--pids-limit 0'],
    ['--rm', '--restart always'],
  ];
  for (const [has, asked] of changes)
    it(`update ${asked || 'nothing'} of a container with ${has || 'nothing'}`, async () => {
      const words = (text: string): string[] => (text ? text.split(' ') : []);
      await same(['run', '-d', '--init', ...none, '--name', 'box', ...words(has), 'lab', 'sleep', '1000']);
      if (asked) await same(['update', ...words(asked), 'box']);
      await same(['inspect', '--format', format, 'box']);
    });

  it('update --pids-limit -1 takes the limit out of the cgroup', async () => {
    await said(
      ours.docker('run', '-d', '--init', ...none, '--name', 'box', '--pids-limit', '5', 'lab', 'sleep', '1000'),
    );
    const limit = (): Promise<string> =>
      said(ours.docker('exec', 'box', 'sh', '-c', 'cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max'));
    assert.equal(await limit(), '5');
    await said(ours.docker('update', '--pids-limit', '-1', 'box'));
    assert.equal(await limit(), 'max');
  });

  describe('of networks', () => {
    afterEach(async () => {
      for (const server of [ours, theirs]) await command(server.docker('network', 'rm', 'net'));
    });
    const third = 100 + (process.pid % 100);
    const subnet = `10.231.${third}.0/24`;

    it('refuses drivers that there are not, and a second host', async () => {
      // Docker looks for a plugin for a quarter of a minute: so it is asked once.
      for (const driver of ['host', 'null', 'foo']) await same(['network', 'create', '-d', driver, 'net']);
      await same(['network', 'create', '--ipam-driver', 'null', 'net']);
      const { stderr } = await command(ours.docker('network', 'create', '--ipam-driver', 'foo', 'net'));
      assert.match(stderr, /plugin "foo" not found/);
      assert.equal((await command(ours.docker('network', 'inspect', 'net'))).code, 1);
    });

    it('shows addresses that are somebody else’s, and gives none of them away', async () => {
      const others = ['a=2', 'b=3'].flatMap((text) => ['--aux-address', text.replace('=', `=10.231.${third}.`)]);
      for (const server of [ours, theirs]) {
        await said(server.docker('network', 'create', '--subnet', subnet, ...others, 'net'));
        const format = '{{json (index .IPAM.Config 0).AuxiliaryAddresses}}';
        assert.deepEqual(JSON.parse(await said(server.docker('network', 'inspect', '--format', format, 'net'))), {
          a: `10.231.${third}.2`,
          b: `10.231.${third}.3`,
        });
        await said(server.docker('network', 'rm', 'net'));
      }
      await said(ours.docker('network', 'create', '--subnet', subnet, ...others, 'net'));
      assert.match(await said(ours.docker('run', '--rm', '--network', 'net', 'lab', 'ip', 'addr')), /\.4\/24/);
    });

    it('refuses one address for two names', async () => {
      const address = `10.231.${third}.9`;
      const twice = ['--aux-address', `a=${address}`, '--gateway', address];
      await same(['network', 'create', '--subnet', subnet, ...twice, 'net']);
    });

    it('has no endpoint of what is no container, with and without force', async () => {
      await same(['network', 'create', '--subnet', subnet, 'net']);
      for (const force of [[], ['-f']]) await same(['network', 'disconnect', ...force, 'net', 'nobody']);
    });
  });

  it('finds no program in a loop of links, neither through PATH nor by its path', async () => {
    const links = 'ln -s /loop /loop; ln -s /bin/looped /bin/looped';
    for (const server of [ours, theirs]) {
      await said(server.docker('run', '--name', 'made', ...none, 'lab', 'sh', '-c', links));
      await said(server.docker('commit', 'made', 'loops'));
    }
    const plain = (text: string): string => text.replace('failed to create shim task: ', '');
    const place = /runc create failed: unable to start container process: /;
    for (const program of ['looped', '/loop']) {
      const { code } = await same(['run', '--rm', ...none, 'loops', program], {
        same: (text) => plain(text).replace(place, ''),
      });
      assert.equal(code, program === 'looped' ? 127 : 125);
    }
  });

  it('says of a volume that is read-only that it is one, also in a container of which all is', async () => {
    for (const options of [[], ['--read-only']]) {
      await same(['create', '--name', 'box', ...none, ...options, '-v', 'kept:/v:ro', 'lab', 'true']);
      await same(['cp', '/etc/hostname', 'box:/v/']);
      await same(['cp', '/etc/hostname', 'box:/']);
      await same(['rm', 'box']);
    }
    for (const server of [ours, theirs]) await said(server.docker('volume', 'rm', 'kept'));
  });

  it('keeps 4096 bytes of what a health check says, and three dots for more', async () => {
    for (const [size, shown] of [
      [4096, 4096],
      [5000, 4099],
    ]) {
      const command = ['--health-interval', '1s', '--health-cmd', `head -c ${size} /dev/zero | tr '\\0' x`];
      await said(ours.docker('run', '-d', '--init', '--name', 'box', ...none, ...command, 'lab', 'sleep', '1000'));
      const output = (): Promise<string> =>
        said(
          ours.docker('inspect', '--format', '{{with .State.Health}}{{range .Log}}{{.Output}} {{end}}{{end}}', 'box'),
        );
      await eventually('a check has ended', async () => (await output()) !== '');
      const [first = ''] = (await output()).split(' ');
      assert.equal(first.length, shown);
      assert.equal(first.endsWith('...'), shown !== size);
      await said(ours.docker('rm', '-f', 'box'));
    }
  });

  it('knows the same signals by name', async () => {
    const known = ['RTMIN', 'SIGRTMIN+1', 'rtmin+15', 'RTMAX', 'RTMAX-14', 'CLD', 'SIGPOLL', 'IOT', '64', '33', '+1'];
    const unknown = ['RTMIN+0', 'RTMIN+16', 'RTMAX-0', 'RTMAX-15', 'RTMIN+01', 'SIGsigterm', '+0', '0'];
    for (const signal of [...known, ...unknown]) {
      const { code } = await same(['create', '--name', 'box', ...none, '--stop-signal', signal, 'lab', 'true']);
      assert.equal(code, known.includes(signal) ? 0 : 1, signal);
      if (code === 0) await same(['rm', 'box']);
    }
  });

  it('shows null for lists that nobody has sent, and has every field of info that Docker has', async () => {
    const curl = async (server: Server, path: string, ...words: string[]): Promise<Record<string, unknown>> =>
      JSON.parse(
        await said([
          'curl',
          '-s',
          '--unix-socket',
          server.host.replace('unix://', ''),
          ...words,
          `http://d/v1.41${path}`,
        ]),
      ) as Record<string, unknown>;
    const body = ['-H', 'Content-Type: application/json', '-d', '{"Image":"lab","Cmd":["true"]}'];
    const shown = async (server: Server): Promise<unknown[]> => {
      const { Id } = await curl(server, '/containers/create', ...body);
      const { HostConfig } = (await curl(server, `/containers/${String(Id)}/json`)) as {
        HostConfig: Record<string, unknown>;
      };
      return ['BlkioWeightDevice', 'Devices', 'Dns', 'DnsOptions', 'DnsSearch', 'PidsLimit'].map(
        (key) => HostConfig[key],
      );
    };
    assert.deepEqual(await shown(ours), await shown(theirs));
    const info = await curl(ours, '/info');
    assert.deepEqual(
      Object.keys(await curl(theirs, '/info')).filter((key) => !(key in info)),
      [],
    );
  });
});
