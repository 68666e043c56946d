import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { drydock, freshFolder, leavesNothing, output, root } from './support.ts';

describe('try', function () {
  this.timeout(60_000);
  leavesNothing();

  const codes: [words: string[], code: number, said?: RegExp][] = [
    [['true'], 0],
    [['false'], 1],
    [['sh', '-c', 'exit 3'], 3],
    [['sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?'], 137],
    [['sh', '-c', 'sh -c "kill -TERM \\$\\$"; exit $?'], 143],
    [['/etc/passwd'], 126, /permission denied/],
    [['/etc'], 126, /permission denied/],
    [['no-such-program'], 127, /executable file not found/],
    [['/no/such/program'], 127, /executable file not found/],
    [[''], 127, /"": executable file not found/],
  ];
  for (const [words, code, said] of codes)
    it(`ends with ${code} after ${words.join(' ')}`, async () => {
      const answer = await drydock(['try', ...words]);
      assert.equal(answer.code, code, answer.stderr);
      if (said) assert.match(answer.stderr, said);
    });

  it('shows a container its own world', async () => {
    const text = await output([
      'try',
      '--hostname',
      'boat',
      'sh',
      '-c',
      'hostname; pwd; echo $$; cat /etc/os-release; id -u',
    ]);
    assert.match(text, /^boat\n\/\n1\nID=drydock-lab\n/);
    assert.notEqual(hostname(), 'boat');
  });

  it('names the host after the id, of 12 hex digits', async () => {
    assert.match(await output(['try', 'hostname']), /^[0-9a-f]{12}\n$/);
  });

  it('takes environment, working directory and user', async () => {
    const words = [
      '-e',
      'A=1',
      '-e',
      'B=x y',
      '-e',
      'FROM_US',
      '-e',
      'NOT_THERE',
      '-w',
      '/made/for/it',
      '-u',
      'learner',
    ];
    const text = await output(
      ['try', ...words, 'sh', '-c', 'echo "$A|$B|$FROM_US|${NOT_THERE-unset}|$HOME"; pwd; id'],
      {
        env: { FROM_US: 'ours' },
      },
    );
    assert.equal(text, '1|x y|ours|unset|/home/learner\n/made/for/it\nuid=1000(learner) gid=1000(learner)\n');
  });

  for (const [user, id] of Object.entries({
    '0': '0:0',
    '1': '1:0',
    '1:1': '1:1',
    nobody: '65534:65534',
    '2147483647': '2147483647:0',
  }))
    it(`is ${id} for -u ${user}`, async () => {
      assert.equal(await output(['try', '-u', user, 'sh', '-c', 'echo $(id -u):$(id -g)']), `${id}\n`);
    });

  for (const user of ['2147483648', '4294967296', '-1', '1x', 'sailor', 'root:sailors'])
    it(`refuses -u ${user}`, async () => {
      const { code, stderr } = await drydock(['try', '-u', user, 'id']);
      assert.equal(code, 125, stderr);
    });

  it('passes standard input on with -i, and nothing without', async () => {
    assert.equal(await output(['try', '-i', 'cat'], { input: 'through the pipe' }), 'through the pipe');
    assert.equal(await output(['try', 'cat'], { input: 'not taken' }), '');
  });

  it('reads a script for the shell when there is no command', async () => {
    assert.equal(await output(['try'], { input: 'echo $((6 * 7))\n' }), '42\n');
  });

  it('tells a shell on a terminal of its own that no more keys come, whether it reads lines or keys', async () => {
    for (const script of ['exec sh', 'stty -icanon; echo; head -c 1; stty icanon; echo; cat', 'cat'])
      assert.equal((await drydock(['try', '-t', 'sh', '-c', script], { input: '' })).code, 0, script);
  });

  it('refuses -it without a terminal, in Docker’s words', async () => {
    const { code, stderr } = await drydock(['try', '-it', 'sh']);
    assert.deepEqual([code, stderr], [1, 'the input device is not a TTY\n']);
  });

  it('takes limits and powers with Docker’s names', async () => {
    const limits = ['-m', '64m', '--pids-limit', '20', '--ulimit', 'nofile=8:16'];
    const powers = ['--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--security-opt', 'no-new-privileges'];
    const look =
      'ulimit -n; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; cat $(find /sys/fs/cgroup -name pids.max)';
    const text = await output(['try', ...limits, ...powers, 'sh', '-c', look]);
    assert.match(text, /^8\nCapEff:\s+0{15}1\nNoNewPrivs:\s+1\n20\n$/);
  });

  it('says when the kernel has killed for memory, and only then', async () => {
    const greedy = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
    const killed = await drydock(['try', '-m', '16m', '--memory-swap', '16m', ...greedy]);
    assert.equal(killed.code, 137);
    assert.match(killed.stderr, /its memory was used up: the kernel has killed 1 of its processes/);
    const other = await drydock(['try', 'sh', '-c', 'sh -c "kill -9 \\$\\$"; exit $?']);
    assert.equal(other.code, 137);
    assert.doesNotMatch(other.stderr, /memory/);
  });

  it('keeps what a container writes to itself', async () => {
    await output(['try', 'sh', '-c', 'echo changed > /etc/passwd; rm -r /home']);
    assert.match(await output(['try', 'cat', '/etc/passwd']), /^root:x:0:0/);
    assert.match(await output(['try', 'ls', '/']), /^home$/m);
  });

  it('shows the host’s processes without pid', async () => {
    const count = async (...words: string[]): Promise<number> =>
      Number(await output(['try', ...words, 'sh', '-c', 'ps | wc -l']));
    const [inside, outside] = [await count(), await count('--without', 'pid')];
    assert(inside < 6, `${inside} processes`);
    assert(outside > inside + 3, `${outside} and ${inside} processes`);
  });

  it('keeps the host’s name without names', async () => {
    assert.equal(await output(['try', '--without', 'names', 'hostname']), `${hostname()}\n`);
  });

  for (const lesson of ['process', 'rootfs', 'mounts', 'names', 'pid', 'user', 'network', 'cgroups', 'lifecycle']) {
    it(`runs with the lessons up to ${lesson}`, () => output(['try', '--upto', lesson, 'true']).then(() => undefined));
    if (lesson !== 'process')
      it(`runs without ${lesson}`, () => output(['try', '--without', lesson, 'true']).then(() => undefined));
  }

  it('says what falls when something is left out that it needs', async () => {
    const { stderr } = await drydock(['try', '--without', 'rootfs', 'true']);
    assert.match(stderr, /mounts/);
    assert.match(stderr, /this machine's own files/);
  });

  it('makes root inside nobody outside with --userns, and gives it files that are its own', async () => {
    const line = 'id -u; touch /x /root/y; stat -c %u /x /root/y /bin/busybox; cat /proc/self/uid_map';
    const text = await output(['try', '--userns', 'sh', '-c', line]);
    assert.match(text, /^0\n0\n0\n0\n +0 +[1-9]\d{5,} +65536\n$/);
    const peeled = await output(['try', '--userns', '--without', 'user', 'sh', '-c', 'cat /proc/self/uid_map']);
    assert.match(peeled, /^ +0 +0 +4294967295\n$/);
  });

  it('has loopback alone, and a link to this machine with --net link', async () => {
    const names = 'ip -o link | cut -d: -f2 | cut -d@ -f1';
    assert.equal(await output(['try', 'sh', '-c', names]), ' lo\n');
    const text = await output(['try', '--net', 'link', 'sh', '-c', `${names}; ip route`]);
    assert.match(text, /^ lo\n eth0\ndefault via 10\.213\.\d+\.\d+ dev eth0/);
    assert.equal((await drydock(['try', '--net', 'wire', 'true'])).code, 125);
  });

  it('puts an init in front with --init', async () => {
    assert.match(await output(['try', '--init', 'cat', '/proc/1/cmdline']), /docker-init/);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)
    it(`passes ${signal} on, and ends with its number`, async () => {
      let pid = 0;
      // One program, not a shell that becomes another: a signal that a shell has noted is forgotten in its exec.
      const answer = await drydock(['try', 'tail', '-f', '/etc/passwd'], {
        started: (started) => (pid = started),
        said: () => process.kill(pid, signal),
      });
      assert.equal(answer.code, code, answer.stderr);
    });

  it('lets one of two have a name', async () => {
    const words = ['try', '--name', 'twin', 'sh', '-c', 'sleep 1; echo mine'];
    const answers = await Promise.all([drydock(words), drydock(words)]);
    assert.deepEqual(answers.map(({ code }) => code).sort(), [0, 125]);
    const loser = answers.find(({ code }) => code === 125);
    assert.match(loser?.stderr ?? '', /exists/);
    assert.equal(answers.find(({ code }) => code === 0)?.stdout, 'mine\n');
  });

  it('says of a step that was refused that it has changed nothing', async () => {
    const { code, stderr } = await drydock(['try', '--trace', '--json', '-w', '/etc/passwd', 'true']);
    assert.equal(code, 125);
    const steps = stderr.split('\n').filter((line) => line.includes('"result"'));
    const { call, result, changes } = JSON.parse(steps.at(-1)!) as Record<string, unknown>;
    assert.match(String(call), /^mkdir_at/);
    assert.deepEqual([result, changes], ['failed', []]);
  });

  it('comes to its end, and takes everything back, when nobody reads the trace any more', async () => {
    // The pipe holds less than the trace, and its only reader leaves after the first line.
    const before = ['bash', '-c', 'exec 3>&1; { "$@" 2>&1; echo "code $?" >&3; } | head -1 >/dev/null', 'bash'];
    const { stdout, stderr } = await drydock(['try', '--trace', 'sh', '-c', 'exit 3'], { before });
    assert.deepEqual([stdout, stderr], ['code 3\n', '']);
  });

  it('does not mind what its folder is called', async () => {
    const env = { DRYDOCK_ROOT: join(freshFolder('odd'), 'a:b,c\\d') };
    assert.equal(await output(['try', 'echo', 'here'], { env }), 'here\n');
  });

  it('makes the lab once when many need it at the same time', async () => {
    const env = { DRYDOCK_ROOT: `${root}-for-many` };
    const answers = await Promise.all(Array.from({ length: 4 }, () => drydock(['try', 'echo', 'ok'], { env })));
    assert.deepEqual(
      answers.map(({ stdout }) => stdout),
      Array(4).fill('ok\n'),
      answers.map(({ stderr }) => stderr).join(),
    );
    assert.equal(readdirSync(`${env.DRYDOCK_ROOT}/lab`).length, 1);
  });
});
