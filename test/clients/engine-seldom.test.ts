/** What is seldom asked of an engine: each question is put to ours and to a dockerd, and both must answer the same. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { both, lacks, startDockerd, startEngine, type Server } from './engine-support.ts';
import { command, eventually, labArchive, said, skipAll } from './support.ts';

const none = ['--network', 'none'];

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** A request as it stands here; an attach that is let in is not read. */
function asked({ host }: Server, path: string, body?: object): Promise<Answered> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  const socketPath = host.replace('unix://', '');
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method: 'POST', path: `/v1.41${path}`, headers }, (answer) => {
      let all = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (all += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, text: sentenceIn(all) }));
    });
    sent.on('error', reject).end(text);
  });
}

/** An attach is refused with a text, everything else with JSON. */
function sentenceIn(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body.trim();
  }
}

describe('what is seldom asked of an engine', function () {
  this.timeout(180_000);
  let ours: Server;
  let theirs: Server;

  const same = (words: readonly string[], given: Parameters<typeof both>[3] = {}) => both(ours, theirs, words, given);

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

  it('refuses keys to let go by that are none, for attach and for exec', async () => {
    await same(['run', '-d', '--init', '--name', 'up', ...none, 'lab', 'sleep', '1000']);
    for (const keys of ['ctrl-%C3%A4', 'bogus', 'ctrl-', 'a,,b', 'ctrl-p,ctrl-1']) {
      const path = `/containers/up/attach?stream=1&stdout=1&detachKeys=${keys}`;
      const answer = await asked(ours, path);
      assert.deepEqual(answer, await asked(theirs, path));
      assert.equal(answer.status, 400);
    }
    const exec = { Cmd: ['true'], DetachKeys: 'bogus' };
    const [mine, reference] = [
      await asked(ours, '/containers/up/exec', exec),
      await asked(theirs, '/containers/up/exec', exec),
    ];
    assert.equal(mine.text, reference.text);
    assert.equal(mine.status, 400, 'Docker’s is 500, as if it were its own fault');
    for (const DetachKeys of ['ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', 'DEL,a,ctrl-z'])
      for (const server of [ours, theirs])
        assert.equal((await asked(server, '/containers/up/exec', { Cmd: ['true'], DetachKeys })).status, 201);
    await same(['exec', '--detach-keys', 'bogus', 'up', 'true']);
    await same(['attach', '--detach-keys', 'bogus', 'up']);
  });

  it('shows labels and variables that log options name, by logs --details', async () => {
    const shows = async (name: string, options: readonly string[]): Promise<void> => {
      const labels = ['-l', 'com.example.team=a & b', '-l', 'stage=ö/(1)!*', '-l', 'other=1'];
      const variables = ['-e', 'MODE=x=y', '-e', 'APP_A=1', '-e', 'EMPTY='];
      const words = [...none, ...labels, ...variables, ...options.flatMap((option) => ['--log-opt', option])];
      await same(['run', '--name', name, ...words, 'lab', 'sh', '-c', 'echo one; sleep .1; echo two >&2']);
      await same(['logs', '--details', name]);
      await same(['logs', '--details', '-t', name], { same: (text) => text.replace(/^\S+Z /gm, 'TIME ') });
      await same(['logs', name]);
    };
    await shows('bare', []);
    await shows('named', ['labels=stage,com.example.team,none', 'env=MODE,EMPTY,NONE']);
    await shows('fitting', ['labels-regex=(?i)^(COM|sta)', 'env-regex=^APP_']);
    await shows('tagged', ['tag={{.Name}}/{{ .ImageName }}~x', 'labels=stage']);
    for (const option of ['labels-regex=(', 'tag={{.Bogus}}', 'tag={{.constructor}}']) {
      const { code, stderr } = await command(ours.docker('create', ...none, '--log-opt', option, 'lab', 'true'));
      assert.deepEqual([code, stderr.includes(option.split('=')[1]!)], [1, true], stderr);
    }
  });

  it('finds by ancestor what was made of an image, and of those that were made of it', async () => {
    for (const server of [ours, theirs]) {
      await said(server.docker('create', '--name', 'first', ...none, 'lab', 'true'));
      await said(server.docker('commit', '-c', 'ENV A=1', 'first', 'child:one'));
      await said(server.docker('create', '--name', 'second', ...none, 'child:one', 'true'));
      await said(server.docker('commit', 'second', 'grandchild'));
      await said(server.docker('create', '--name', 'third', ...none, 'grandchild', 'true'));
    }
    const list = (word: string): string[] => ['ps', '-a', '--filter', `ancestor=${word}`, '--format', '{{.Names}}'];
    const wanted: Record<string, string> = {
      lab: 'third\nsecond\nfirst\n',
      'lab:latest': 'third\nsecond\nfirst\n',
      'docker.io/library/lab': 'third\nsecond\nfirst\n',
      'child:one': 'third\nsecond\n',
      child: '',
      grandchild: 'third\n',
      nobody: '',
      'UPPER CASE': '',
    };
    for (const [word, names] of Object.entries(wanted)) assert.equal((await same(list(word))).stdout, names, word);
    for (const image of ['lab', 'child:one']) {
      const stdout = wanted[image];
      for (const server of [ours, theirs]) {
        const id = await said(server.docker('image', 'inspect', '-f', '{{.Id}}', image));
        for (const word of [id, id.replace('sha256:', ''), id.slice(7, 19), id.slice(0, 19), id.slice(7, 11)])
          assert.equal((await command(server.docker(...list(word)))).stdout, stdout, `${image} ${word}`);
      }
    }
    await same([
      'ps',
      '-a',
      '--filter',
      'ancestor=grandchild',
      '--filter',
      'ancestor=nobody',
      '--format',
      '{{.Names}}',
    ]);
    await same(['ps', '-a', '--filter', 'ancestor=lab', '--filter', 'name=sec', '--format', '{{.Names}}']);
    for (const image of ['grandchild', 'child:one'])
      for (const server of [ours, theirs]) await said(server.docker('rmi', '-f', image));
  });

  it('lets a paused container go on by the signal that is to end it, and by no other', async () => {
    const script = 'trap "echo hup" HUP; trap "echo term; exit 3" TERM; while :; do sleep .1; done';
    const state = (): Promise<{ stdout: string }> => same(['inspect', '-f', '{{.State.Status}}', 'box']);
    const cases: readonly (readonly [signal: string, stops: string | undefined, after: string])[] = [
      ['KILL', undefined, 'exited'],
      ['KILL', 'HUP', 'exited'],
      ['TERM', undefined, 'exited'],
      ['TERM', 'TERM', 'exited'],
      ['TERM', 'HUP', 'paused'],
      ['HUP', undefined, 'running'],
      ['HUP', 'HUP', 'running'],
      ['HUP', 'TERM', 'paused'],
    ];
    for (const [signal, stops, after] of cases) {
      const options = ['-d', '--name', 'box', ...(stops ? ['--stop-signal', stops] : []), ...none];
      await same(['run', ...options, 'lab', 'sh', '-c', `${script.replace('while', 'echo ready; while')}`]);
      for (const server of [ours, theirs]) await logged(server, /ready/);
      await same(['pause', 'box']);
      await same(['kill', '-s', signal, 'box']);
      if (after === 'exited') await same(['wait', 'box']);
      else if (after === 'running') for (const server of [ours, theirs]) await logged(server, /hup/);
      assert.equal((await state()).stdout, `${after}\n`, `${signal}, stopped by ${stops}`);
      await same(['unpause', 'box']);
      await same(['rm', '-f', 'box']);
    }
  });

  it('keeps down, whatever its policy, what somebody has sent a signal that is to end it', async () => {
    for (const [stops, restarts] of [
      [[], '0'],
      [['--stop-signal', 'TERM'], '1'],
    ] as const) {
      // The second time it waits for ever, so that it can be looked at.
      const script =
        'test -e /seen && exec sleep 1000; touch /seen; trap "exit 4" HUP; echo ready; while :; do sleep .1; done';
      const options = ['-d', '--init', '--name', 'box', '--restart', 'always', ...stops, ...none];
      await same(['run', ...options, 'lab', 'sh', '-c', script]);
      for (const server of [ours, theirs]) await logged(server, /ready/);
      await same(['kill', '-s', 'HUP', 'box']);
      for (const server of [ours, theirs])
        await eventually('it is down, or up again', async () =>
          /^(exited 0|running 1)$/.test(
            await said(server.docker('inspect', '-f', '{{.State.Status}} {{.RestartCount}}', 'box')),
          ),
        );
      assert.equal((await same(['inspect', '-f', '{{.RestartCount}}', 'box'])).stdout, `${restarts}\n`);
      await same(['rm', '-f', 'box']);
    }
  });

  const refused: readonly (readonly string[])[] = [
    ...['BOGUS', 'sys_bogus', 'CAP_', ''].map((name) => ['--cap-add', name]),
    ['--cap-drop', 'BOGUS'],
    ['--privileged', '--cap-add', 'BOGUS'],
    ...['bogus', 'host:', 'container:nobody'].map((mode) => ['--ipc', mode]),
    ...['bogus', 'container:', 'container:nobody'].map((mode) => ['--pid', mode]),
    ...['bogus', 'container:other'].map((mode) => ['--uts', mode]),
    ['--cgroupns', 'bogus'],
    ...['bogus', 'seccomp=/no/such'].map((option) => ['--security-opt', option]),
    ...['bogus=1', 'nofile=x', 'nofile=5:2', 'nofile'].map((limit) => ['--ulimit', limit]),
    ...['bogus', 'always:3', 'on-failure:x', 'on-failure:-1', 'no:1'].map((policy) => ['--restart', policy]),
    ...['container:', 'container:nobody', 'bogus'].map((network) => ['--network', network]),
    ...['1000', '-1', 'x'].map((cpus) => ['--cpus', cpus]),
    ...['1k', '5m', '-1', 'bogus'].map((memory) => ['-m', memory]),
    ['--sysctl', 'net.bogus=1'],
  ];
  for (const words of refused)
    it(`is refused by docker run with the same words and the same exit code: ${words.join(' ')}`, async () => {
      const network = words[0] === '--network' ? [] : none;
      const brief = (text: string): string =>
        text.replace(/failed to create shim task: |runc create failed: .* container init: /g, '');
      const { code, stderr } = await same(['run', ...network, ...words, 'lab', 'true'], { same: brief });
      assert.ok([125, 127].includes(code), stderr);
    });

  it('calls a container in the network of the machine, or of another one, as that is called', async () => {
    const script = 'hostname; hostname -d; cat /etc/hostname; echo $HOSTNAME';
    await same(['run', '-d', '--name', 'up', '--hostname', 'one.two', ...none, 'lab', 'sleep', '1000']);
    for (const network of ['host', 'container:up'])
      await same(['run', '--rm', '--network', network, 'lab', 'sh', '-c', script]);
    assert.match(
      (await same(['run', '--rm', '--network', 'host', '--hostname', 'own', 'lab', 'sh', '-c', script])).stdout,
      /^own$/m,
    );
    await same(['rm', '-f', 'up']);
  });

  it('refuses signals that there are not, by number and by name', async () => {
    await same(['run', '-d', '--init', '--name', 'up', ...none, 'lab', 'sleep', '1000']);
    for (const signal of ['99', '65', '0', 'BOGUS', 'SIGbogus', '9x', 'RTMAX+1', ' '])
      assert.equal((await same(['kill', '-s', signal, 'up'])).code, 1, signal);
    await same(['kill', '-s', '99', 'nobody']);
  });

  it('says what a mistake is in where Docker would fail at the start, or say it less plainly', async () => {
    for (const [words, sentence] of [
      [['--cpus', '0.001'], /Range of CPUs is from 0\.01/],
      [['--ipc', 'container:'], /Invalid IPC mode: container:/],
      [['--security-opt', 'bogus=1'], /invalid --security-opt: "bogus=1"/],
      [['--stop-signal', '99'], /Invalid signal: 99/],
    ] as const) {
      const { code, stderr } = await command(ours.docker('create', ...none, ...words, 'lab', 'true'));
      assert.equal(code, 1);
      assert.match(stderr, sentence);
    }
  });

  it('warns of a container that may take all memory and is not killed for it', async () => {
    const { stderr } = await same(['run', '--rm', '--oom-kill-disable', ...none, 'lab', 'true']);
    assert.match(stderr, /OOM killer is disabled for the container/);
    assert.equal((await same(['run', '--rm', '--oom-kill-disable', '-m', '64m', ...none, 'lab', 'true'])).stderr, '');
  });
});

/** Waits until the container `box` has written this. */
async function logged(server: Server, words: RegExp): Promise<void> {
  await eventually(`it says ${words}`, async () => words.test(await said(server.docker('logs', 'box'))));
}
