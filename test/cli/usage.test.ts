import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cli, drydock, home, freshFolder, output } from './support.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

describe('the command line', () => {
  it('lists its verbs, within 80 columns', async () => {
    for (const words of [
      [],
      ['help'],
      ['--help'],
      ['oci'],
      ['oci', '--help'],
      ['try', '--help'],
      ['oci', 'run', '-h'],
      ['image'],
      ['run', '--help'],
      ['oci', 'help', 'run'],
      ['try', '--explain', 'true'],
    ]) {
      const text = await output(words);
      const wide = text.split('\n').filter((line) => line.length > 80);
      assert.deepEqual(wide, [], words.join(' '));
    }
    assert.match(await output([]), /^ {2}try +run a command/m);
    assert.match(await output(['oci', '--help']), /^ {2}create +create a container/m);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    assert.equal(await output(['--version']), `drydock ${version}\n`);
  });

  it('tells the version of the runtime as runc does', async () => {
    for (const word of ['--version', '-v'])
      assert.match(await output(['oci', word]), /^drydock-oci version \d+\.\d+\.\d+\nspec: 1\.2\.0\nnode: v\d/);
  });

  it('takes the last one of an option that is given twice, and all of one that makes a list', async () => {
    const twice = ['--hostname', 'a', '--hostname', 'boat', '--upto', 'pid', '--upto', 'names'];
    const text = await output(['try', '--explain', ...twice, '-e', 'A=1', '-e', 'B=2', '-e', 'A=3', 'true']);
    assert.match(text, /sethostname\("boat"\)/);
    assert.doesNotMatch(text, /NEWPID/);
    assert.match(text, /"A=3","B=2"/);
    const [before, after] = [freshFolder('root'), freshFolder('root')];
    assert.equal(await output(['oci', '--root', '/proc/nothing', 'list', '-q', '--root', before, '--root', after]), '');
  });

  it('runs `true` and `false` as programs, also behind an option that has no value', async () => {
    const programs: [words: string, program: string][] = [
      ['--explain true', '"true"'],
      ['--explain false', '"false"'],
      ['--explain --init false', '"/sbin/docker-init","--","false"'],
      ['-it --explain=true true', '"true"'],
      ['--explain -it true', '"true"'],
      ['--explain -w / echo --init true', '"echo","--init","true"'],
      ['--plain --explain true', '"true"'],
    ];
    for (const [words, program] of programs) {
      const text = await output(['try', ...words.split(' ')]);
      assert(text.replaceAll(/\s/g, '').includes(`execve([${program}]`), `${words}: ${text.slice(-600)}`);
    }
  });

  it('shows the options and examples of a verb', async () => {
    const text = await output(['help', 'try']);
    assert.match(text, /^drydock try \[OPTIONS\] \[CMD…\]/);
    assert.match(text, /--without/);
    assert.match(text, /drydock try --without pid ps/);
  });

  it('shows what only this verb has before what all of them have', async () => {
    const text = await output(['oci', 'help', 'run']);
    assert.match(
      text,
      /^drydock oci run <id>\n.*Positionals:.*\nOptions:.*--pid-file.*\nOptions of every verb:.*--log/s,
    );
    assert.match(await output(['oci', '--help']), /--rootless.*--cgroup-manager/s);
  });

  it('keeps a space behind the longest name in a plan', async () => {
    const text = await output(['try', '--explain', 'true']);
    assert.match(text, /^privileges +capabilities cap_bounding\(/m);
  });

  it('takes --help behind the command as the command’s own', async () => {
    const { stdout, stderr } = await drydock(['try', '--explain', 'ls', '--help']);
    assert.match(stdout, /execve\(\["ls","--help"\]/, stderr);
  });

  const mistakes: [words: string[], message: RegExp, hint: RegExp][] = [
    [['tri'], /no verb 'tri'/, /did you mean 'try'/],
    [['oci', 'creat', 'x'], /no verb 'creat'/, /did you mean 'create'/],
    [['try', '--wihtout', 'pid'], /does not know '--wihtout'/, /did you mean --without/],
    [['try', '--without', 'pdi'], /no lesson or isolator 'pdi'/, /did you mean 'pid'/],
    [['try', '--upto', 'cgroup'], /no lesson or isolator 'cgroup'/, /did you mean 'cgroups'/],
    [['try', '--without', 'process', 'true'], /'process' cannot be left out/, /--upto process/],
    [['try', '--explain', '-e', '=x', 'true'], /names no variable/, /NAME=value/],
    [['oci', 'kill', 'x', 'KIL'], /no signal 'KIL'/, /did you mean 'SIGKILL'/],
    [['oci', 'state'], /oci state: <id> is missing/, /drydock oci state <id>; see: drydock oci state --help/],
    [['begin'], /begin: <lesson> is missing/, /drydock begin <lesson>/],
    [['demo', 'pid', 'extra'], /demo: 'extra' is one word too many/, /demo \[lesson\]/],
    [['oci', 'kill', 'x', 'INT', '--KILL'], /does not know '--KILL'/, /--help/],
    [['try', '-z', 'ls'], /does not know '-z'/, /try --help/],
    [['oci', 'kill', 'x', '99'], /no signal '99'/, /1 to 64/],
    [['--hlep'], /no option '--hlep' before a verb/, /did you mean --help/],
    [['--plain', 'demo'], /no option '--plain' before a verb/, /options behind it/],
    [['imags'], /no verb 'imags'/, /did you mean 'images'/],
    [['contaner', 'ls'], /no verb 'contaner'/, /did you mean 'container'/],
    [
      ['compose', 'up'],
      /no verb 'compose'/,
      /asks our engine with\s+DOCKER_HOST=unix:\/\/(?!\/run\/drydock\/)\S+\/drydock[.]sock/,
    ],
    [
      ['try', '--upto', 'engine', '--explain'],
      /the lesson 'engine' has no isolator/,
      /these have some: process, rootfs/,
    ],
    [['buildx', 'ls'], /no verb 'buildx'/, /drydock build builds/],
    [['state'], /no verb 'state'/, /the runtime has it: drydock oci state/],
    [['oci', '--root'], /--root needs a value/, /oci --help/],
    [['oci', '--root', '/x'], /no verb after --root \/x/, /oci --help/],
    [['try', '-e'], /-e needs a value/, /try --help/],
    [['try', '--explain', '-w', 'tmp', 'true'], /--workdir is an absolute path.*'tmp'/, /--workdir \/tmp/],
    [['try', '--explain', '--hostname', 'ü'.repeat(33), 'true'], /has 66 bytes/, /at most 64/],
    [['oci', '--rootless', 'x', 'list'], /--rootless is one of "true", "false", "auto", not "x"/, /--help/],
    [['oci', '--log-format', 'xml', 'list'], /--log-format is one of "text", "json", not "xml"/, /--help/],
  ];
  // What scripts read of these verbs is Docker's; a person gets the hint below it.
  for (const [line, message, meant] of [
    ['network crate x', 'unknown command: drydock network crate', 'create'],
    ['builder prnue', 'unknown command: drydock builder prnue', 'prune'],
    ['builder prun', 'unknown command: drydock builder prun', 'prune'],
    ['build --tga x .', 'unknown flag: --tga', '--tag'],
    ['run --nmae x lab', 'unknown flag: --nmae', '--name'],
    ['ps --fromat x', 'unknown flag: --fromat', '--format'],
    ['run --rmm lab', 'unknown flag: --rmm', '--rm'],
  ] as const)
    it(`tells a person at a terminal what \`drydock ${line}\` was probably to be, and no script`, async () => {
      const { stderr } = await drydock(line.split(' '));
      assert.match(stderr, new RegExp(message));
      assert.doesNotMatch(stderr, /did you mean/);
      const shown = execFileSync('script', ['-qec', `${process.execPath} ${cli} ${line} || true`, '/dev/null'], {
        encoding: 'utf8',
      });
      assert.match(shown, new RegExp(`${message}[^]*hint: did you mean ${meant}\\?`));
    });
  it('says of Docker’s checkpoints that there are none, as the engine does', async () => {
    for (const words of [['checkpoint', 'create', 'web', 'one'], ['checkpoint']]) {
      const { code, stdout, stderr } = await drydock(words);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^drydock: checkpoints are not supported: .*CRIU/s);
    }
  });

  for (const [words, message, hint] of mistakes)
    it(`answers \`drydock ${words.join(' ')}\` with what was probably meant`, async () => {
      const { code, stdout, stderr } = await drydock(words);
      assert.equal(code, 125);
      assert.equal(stdout, '');
      assert.match(stderr, /^drydock: /);
      assert.match(stderr, message);
      assert.match(stderr, hint);
    });

  it('gives an error as data with --json', async () => {
    const { code, stdout } = await drydock(['try', '--json', 'no-such-program']);
    assert.equal(code, 127);
    const { error } = JSON.parse(stdout) as { error: Record<string, unknown> };
    assert.equal(error.code, 'PROGRAM_NOT_FOUND');
    assert.equal(error.isolator, 'process');
    assert.match(String(error.at), /^src\/runtime\/isolators\/process\.ts:\d+$/);
  });

  it('does not mind a reader that has seen enough', async () => {
    const { code, stderr } = await drydock([], { before: ['sh', '-c', '"$@" | head -1', 'sh'] });
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('says that it is the output which cannot be written', async () => {
    for (const words of ['--help', 'oci list', 'try --explain true']) {
      const script = `exec "$0" "$1" ${words} >/dev/full`;
      const { code, stderr } = await drydock([], { before: ['sh', '-c', script, process.execPath, cli] });
      assert.equal(code, 125, words);
      assert.match(stderr, /^drydock: cannot write the output: ENOSPC\n/);
    }
  });
});

describe('a folder that nobody can make', () => {
  for (const name of ['DRYDOCK_ROOT', 'DRYDOCK_RUN'])
    it(`is an error with its name, for ${name}`, async () => {
      for (const [path, why] of [
        ['/proc/none', 'ENOENT'],
        ['/etc/passwd', 'ENOTDIR'],
      ] as const) {
        const { code, stderr } = await drydock(['try', 'true'], { env: { [name]: path } });
        assert.equal(code, 125);
        assert.match(stderr, new RegExp(`cannot make the folder ${path}.*: ${why}`));
        assert.match(stderr, /DRYDOCK_ROOT, DRYDOCK_RUN and DRYDOCK_WORK name other folders/);
      }
    });
});

describe('without root', () => {
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  it('says what needs it, and what does not', async () => {
    const { code, stderr } = await drydock(['try', 'true'], { before: nobody });
    assert.equal(code, 125);
    assert.match(stderr, /try needs root/);
    assert.match(stderr, /sudo/);
    assert.match(stderr, /--explain/);
    for (const words of [['list'], ['create', 'box'], ['kill', 'box']]) {
      const refused = await drydock(['oci', ...words], { before: nobody });
      assert.match(refused.stderr, new RegExp(`oci ${words[0]} needs root`));
    }
  });

  it('explains a plan all the same', async () => {
    const text = await output(['try', '--explain', 'true'], { before: nobody });
    assert.match(text, /pivot_root\("\.", "\."\)/);
  });

  it('lets the doctor look', async () => {
    const { code, stdout } = await drydock(['doctor'], { before: nobody });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /root +no, uid 65534/);
  });
});
