import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dockerWords } from '../../src/cli/docker/verbs.ts';
import { asNobody, checkout, commands, type Answer, type Checkout } from './support.ts';

describe('the verbs that ask an engine', () => {
  it('are those that the launcher and the loader know', () => {
    const launcher = readFileSync('drydock', 'utf8');
    const known = [...launcher.matchAll(/^ {4}([a-z |]+)\) ask ;;/gm)].flatMap(([, names]) => names!.split(' | '));
    const without = ['logout', 'completion'];
    assert.deepEqual([...known, ...without].toSorted(), dockerWords().toSorted());
  });
});

describe('a start that finds everything built', () => {
  let here: Checkout;
  beforeEach(() => (here = checkout()));
  afterEach(() => here.remove());
  const drydock = (): string => join(here.home, 'drydock');
  const started = (words: string): string =>
    `node [--] [${here.home}/dist/drydock.cjs]${words} home=${here.home} docked=\n`;

  for (const shell of [[], ['dash'], ['busybox', 'sh']])
    it(`hands its words to Node as they are (${shell.join(' ') || 'as a program'})`, () => {
      const { code, out, err } = here.run([...shell, drydock(), 'read', 'two words', '', '*', '--x=$HOME']);
      assert.deepEqual([code, err], [0, '']);
      assert.equal(out, started(' [read] [two words] [] [*] [--x=$HOME]'));
    });

  it('gives Node the flags of an engine for an engine alone', () => {
    const [first, ...rest] = started(' [daemon] [--debug]').split(' ');
    assert.equal(here.run([drydock(), 'daemon', '--debug']).out, [first, '[--small]', '[--frugal]', ...rest].join(' '));
    assert.equal(here.run([drydock(), 'read', 'daemon']).out, started(' [read] [daemon]'));
  });

  it('finds its folder from its own folder, by a bare name and by a relative path', () => {
    for (const [command, cwd] of [
      [['sh', 'drydock'], here.home],
      [['./drydock'], here.home],
      [['my code/drydock/drydock'], here.folder],
      [['../drydock'], join(here.home, 'src')],
    ] as const)
      assert.equal(here.run([...command, 'read'], { cwd }).out, started(' [read]'));
  });

  it('finds its folder through a chain of symbolic links, one of them relative, and in PATH', () => {
    symlinkSync('my code/drydock/drydock', join(here.folder, 'first'));
    symlinkSync(join(here.folder, 'first'), join(here.folder, 'dd'));
    assert.equal(here.run([join(here.folder, 'dd'), 'read']).out, started(' [read]'));
    const env = { PATH: `${here.folder}:${process.env.PATH}` };
    assert.equal(here.run(['sh', '-c', 'dd read'], { env }).out, started(' [read]'));
  });

  it('puts `oci` in front when it is called drydock-oci, also through a link', () => {
    symlinkSync(join(here.home, 'drydock-oci'), join(here.folder, 'runtime'));
    assert.equal(here.run([join(here.folder, 'runtime'), 'state', 'x']).out, started(' [oci] [state] [x]'));
  });

  it('builds again when a source is newer, or a folder from which one was removed', () => {
    for (const path of ['src/a.ts', 'package-lock.json', 'scripts/bundle.mjs']) {
      here.edit(path);
      // The set-up begins, and fails at once: its lock cannot be had.
      const env = { PATH: commands(here.folder, { id: 'echo set-up begins >&2; exit 9' }) };
      assert.match(here.run([drydock(), 'read'], { env }).err, /set-up begins/, path);
    }
  });

  it('looks only at what its own bundle was made from, for a verb that asks an engine or is called by one', () => {
    const env = { PATH: commands(here.folder, { id: 'case $1 in -u) echo 0 ;; esac' }) };
    const builds = (words: string): boolean => /building/.test(here.run([drydock(), ...words.split(' ')], { env }).err);
    here.npm('exit 1');
    mkdirSync(join(here.home, 'node_modules'));
    writeFileSync(join(here.home, 'node_modules/.package-lock.json'), '');
    here.edit('src/b.ts');
    assert.deepEqual(['ps', 'oci list', 'read', '--setup'].map(builds), [false, true, true, true]);
    here.edit('src/a.ts');
    assert.deepEqual(['ps', 'oci list'].map(builds), [true, true]);
    rmSync(join(here.home, 'src/a.ts'));
    assert.deepEqual(['ps', 'run --rm box', 'image ls'].map(builds), [true, true, true], 'one is no longer there');
    rmSync(join(here.home, 'dist/client.sources'));
    assert(builds('ps'), 'a build of before');
  });

  it('keeps the npm packages that it has where others cannot be fetched, also after a try that was killed', () => {
    const kept = (): string => readFileSync(join(here.home, 'node_modules/some/package'), 'utf8');
    mkdirSync(join(here.home, 'node_modules/some'), { recursive: true });
    writeFileSync(join(here.home, 'node_modules/some/package'), 'kept');
    const withNpm = (end: string): Answer => {
      here.npm(`rm -rf node_modules; mkdir -p node_modules/half; ${end}`);
      return here.run([drydock(), 'read']);
    };
    here.edit('package-lock.json');
    const offline = withNpm('echo EAI_AGAIN; exit 1');
    assert.deepEqual([offline.code, kept()], [125, 'kept']);
    assert.match(offline.err, /EAI_AGAIN\n.*this failed: installing the npm packages/s);
    withNpm('kill -9 $(ps -o ppid= -p $PPID) $PPID');
    assert.equal(existsSync(join(here.home, 'node_modules/some')), false, 'killed half way');
    withNpm('exit 1');
    assert.equal(kept(), 'kept');
    assert.equal(existsSync(join(here.home, 'node_modules/half')), false);
  });

  it('installs no npm packages anew for a lock file that only looks newer', () => {
    const complete = 'mkdir -p node_modules && echo > node_modules/.package-lock.json';
    here.npm(`echo "npm $1" >> "$HOME/asked"; [ "$1" != ci ] || { ${complete}; }`);
    const setUp = (): Answer => here.run([drydock(), '--setup']);
    const asked = (): string => readFileSync(join(here.folder, 'asked'), 'utf8');
    here.edit('package-lock.json');
    assert.equal(setUp().code, 0);
    assert.equal(asked(), 'npm ci\nnpm run\n');
    here.edit('src/a.ts');
    setUp();
    assert.equal(asked(), 'npm ci\nnpm run\nnpm run\n', 'the lock file is newer, and the same');
    writeFileSync(join(here.home, 'package-lock.json'), '{}');
    setUp();
    assert.match(asked(), /npm ci\nnpm run\n$/);
  });

  it('still knows what needs root, once it has built', () => {
    here.npm('mkdir -p node_modules && echo > node_modules/.package-lock.json');
    here.edit('src/a.ts');
    execFileSync('chown', ['-R', '65534', here.home]);
    const env = { PATH: commands(here.folder, { sudo: 'echo "sudo $*"' }) };
    const { out, err } = here.run(asNobody([drydock(), 'ps']), { env });
    assert.match(err, /building\ndrydock: ps needs root: the engine, its socket\n/);
    assert.match(out, /^sudo .*drydock ps\n/s);
  });

  it('does not build for a chapter or for notes', () => {
    here.edit('lessons/teacher.md');
    assert.equal(here.run([drydock(), 'read']).out, started(' [read]'));
  });

  it('runs lessons in the dock, with limits, and only what must be writable is', () => {
    const env = { DRYDOCK_WORK: join(here.folder, 'work') };
    const { out } = here.run([drydock(), 'check', 'pid'], { env });
    for (const part of [
      `drydock-shim [sandbox] [--readable] [${here.home}]`,
      `[--writable] [${here.folder}/root] [--writable] [${here.folder}/run] [--writable] [${here.folder}/work]`,
      '[--memory] [1073741824] [--pids] [512] [--seconds] [300]',
      `[--] [${here.home}/bin/node] [--] [${here.home}/dist/drydock.cjs] [check] [pid]`,
      'docked=1',
    ])
      assert(out.includes(part), `${part}\nin ${out}`);
    assert(existsSync(join(here.folder, 'work')));
  });

  it('takes `try` into the dock with --mine, wherever it stands, and only then', () => {
    const docked = (...words: string[]): boolean =>
      here.run([drydock(), 'try', ...words]).out.startsWith('drydock-shim');
    assert(docked('--mine', 'true'));
    assert(docked('--upto', 'pid', '--mine'));
    assert(docked('--explain', '--mine'));
    assert(!docked('--upto', 'pid', 'true'));
  });

  it('says so when the dock is left out', () => {
    const { out, err } = here.run([drydock(), 'demo', 'pid'], { env: { DRYDOCK_NO_DOCK: '1' } });
    assert.equal(out, started(' [demo] [pid]'));
    assert.match(err, /outside the dock/);
  });

  it('refuses a work folder that is no absolute path', () => {
    const { code, err } = here.run([drydock(), 'check', 'pid'], { env: { DRYDOCK_WORK: 'here' } });
    assert.equal(code, 125);
    assert.match(err, /DRYDOCK_WORK must be the absolute path/);
  });

  /** A checkout whose Node says who it is, and where its home and its work are. */
  const speaksOfItself = `#!/bin/sh
printf '%s:%s groups=%s home=%s work=%s\\n' "$(id -u)" "$(id -g)" "$(id -G)" "$HOME" "\${DRYDOCK_WORK:-}"
`;

  for (const words of ['vm up', 'vm run true', 'demo pid --in-vm', 'check pid --in-vm', 'try --in-vm true'])
    it(`goes on as the person behind sudo: ${words}`, () => {
      writeFileSync(join(here.home, 'bin/node'), speaksOfItself);
      const sudo = { HOME: '/root', SUDO_UID: '1', SUDO_GID: '12' };
      const home = execFileSync('getent', ['passwd', '1'], { encoding: 'utf8' }).split(':')[5]!;
      const person = here.run([drydock(), ...words.split(' ')], { env: sudo });
      assert.deepEqual([person.code, person.err], [0, '']);
      assert.match(person.out, new RegExp(`^1:12 groups=12.* home=${home} work=\n$`));
      const isRoot = /^0:0 .* home=\/root work=\n$/;
      for (const env of [{ HOME: '/root' }, { HOME: '/root', SUDO_UID: '0' }])
        assert.match(here.run([drydock(), ...words.split(' ')], { env }).out, isRoot);
      // Who was root and has become somebody else is that one, whoever that was before.
      const other = here.run(asNobody([drydock(), ...words.split(' ')]), { env: { ...sudo, HOME: '/nowhere' } });
      assert.match(other.out, /^65534:.* home=\/nowhere work=\n$/);
    });

  describe('by somebody who is not root', () => {
    const sudo = { sudo: 'printf "sudo"; printf " [%s]" "$@"; echo' };
    const raised = (...words: string[]): { out: string; err: string } =>
      here.run(asNobody([drydock(), ...words]), { env: { PATH: commands(here.folder, sudo) } });

    it('says why root is needed and starts itself again through sudo', () => {
      const { out, err } = raised('check', 'pid');
      assert.equal(err, 'drydock: check needs root: mount, pivot_root\n');
      assert.match(
        out,
        /^sudo \[--preserve-env=DRYDOCK_ROOT,.*\] \[--\] \[.*my code\/drydock\/drydock\] \[check\] \[pid\]/,
      );
    });

    for (const words of [
      'try true',
      'try -it sh',
      'try --upto pid ls --help',
      'try -- --explain',
      'try -e A=1 true --explain',
      'oci state x',
      'xray x',
      'watch pid',
      'ps',
      'run -h box lab ls --help',
      'image ls',
    ])
      it(`raises itself for: ${words}`, () => assert.match(raised(...words.split(' ')).out, /^sudo/));

    for (const words of [
      '',
      '--help',
      'read pid',
      'begin pid',
      'hint pid',
      'doctor',
      'demo pid --recorded',
      'demo pid --break-it --in-vm',
      'try --in-vm --mine true',
      'try --explain',
      'try --without pid --explain true',
      'check --help',
      'oci spec',
      'ps --help',
      'image',
      'image --help',
      'image ls --help',
      '-H tcp://127.0.0.1:1 ps',
      'completion bash',
    ])
      it(`needs no root for: ${words || 'no word at all'}`, () =>
        assert.match(raised(...words.split(' ').filter(Boolean)).out, /^node/));

    it('asks an engine without root that somebody has named, or whose socket is open to them', () => {
      const asked = (env: NodeJS.ProcessEnv): string =>
        here.run(asNobody([drydock(), 'ps']), { env: { PATH: commands(here.folder, sudo), ...env } }).out;
      for (const name of ['DRYDOCK_HOST', 'DOCKER_HOST']) assert.match(asked({ [name]: 'tcp://127.0.0.1:1' }), /^node/);
      assert.match(asked({}), /^sudo/);
      const run = join(here.folder, 'run');
      mkdirSync(run, { recursive: true });
      writeFileSync(join(run, 'drydock.sock'), '');
      assert.match(asked({}), /^sudo/);
      chmodSync(join(run, 'drydock.sock'), 0o666);
      assert.match(asked({}), /^node/);
    });

    it('names the ways out where sudo wants a password and there is no terminal to ask for it', () => {
      const locked = { sudo: '[ "$1" != -n ] || exit 1; echo sudo was started' };
      const refused = (...words: string[]): ReturnType<Checkout['run']> =>
        here.run(['setsid', '-w', ...asNobody([drydock(), ...words])], {
          env: { PATH: commands(here.folder, locked) },
        });
      const { code, out, err } = refused('try', 'true');
      assert.deepEqual([code, out], [125, '']);
      assert.match(err, /needs root: mount, pivot_root\n.*sudo wants a password.*\n.*next: sudo .*drydock try true\n/);
      const named = here.run(['setsid', '-w', ...asNobody([drydock(), 'ps'])], {
        env: { PATH: commands(here.folder, locked), DRYDOCK_RUN: '/r u', DRYDOCK_ROOT: '/ro', DRYDOCK_WORK: '/w' },
      });
      assert.match(named.err, /next: sudo DRYDOCK_ROOT='\/ro' DRYDOCK_RUN='\/r u' DRYDOCK_WORK='\/w' .*drydock ps\n/);
      assert.match(err, /without root: drydock try --rootless, read/);
      assert.match(refused('oci', 'list').err, /without root: drydock oci --rootless true, read/);
      assert.match(refused('demo', 'pid').err, /without root: read/);
      assert.match(refused('ps').err, /without root: members of the group that has its socket/);
    });

    it('names what works without root when there is no sudo', () => {
      const only = commands(here.folder, {}).split(':')[0]!;
      for (const tool of ['find', 'id', 'cut', 'getent']) symlinkSync(`/usr/bin/${tool}`, join(here.folder, tool));
      const env = { PATH: `${only}:${here.folder}` };
      const { code, err } = here.run(
        ['/usr/bin/setpriv', '--reuid=65534', '--clear-groups', '/bin/sh', drydock(), 'demo', 'pid'],
        { env },
      );
      assert.equal(code, 125);
      assert.match(err, /demo needs root \(mount, pivot_root\), and there is no sudo/);
      assert.match(err, /without root: read/);
    });
  });
});
