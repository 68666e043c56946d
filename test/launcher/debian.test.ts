/**
 * The launcher on a minimal Debian 12: made by debootstrap, with nothing else installed. How to reach the packages is
 * copied from this machine's configuration. Takes about a minute, most of it apt-get and npm.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillWithDebian, must } from '../debian.ts';
import { HOME } from './support.ts';

/** Names, proxies, certificates: what this machine needs to reach its packages, this one needs too. */
function copyNetwork(root: string): void {
  const wanted = ['/etc/hosts', '/etc/resolv.conf', '/usr/local/share/ca-certificates', '/etc/apt/auth.conf.d'];
  const apt = readdirSync('/etc/apt/apt.conf.d').filter((file) => /^99|proxy/.test(file));
  for (const path of [...wanted, ...apt.map((file) => `/etc/apt/apt.conf.d/${file}`)])
    if (existsSync(path)) cpSync(path, join(root, path), { recursive: true, dereference: true });
}

function checkOut(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const files = 'git -C "$1" ls-files -z --cached --others --exclude-standard';
  const there = `${files} | (cd "$1" && xargs -0 ls -d 2>/dev/null)`;
  must('sh', '-c', `${there} | tar -C "$1" -cT - | tar -C "$2" -x`, 'sh', HOME, folder);
}

describe('the launcher on a minimal Debian 12', function () {
  this.timeout(600_000);
  let root: string;
  const project = `${['', 'home', 'ann'].join('/')}/my code/drydock`;

  /** In the root, in a mount and PID namespace of its own, as its `/`: nothing stays mounted or running. */
  function inside(user: string, line: string): { code: number | null; text: string } {
    const script =
      'mount --rbind "$1" "$1" && cd "$1" && mount -t proc proc proc && mount --rbind /dev dev && ' +
      'mount --rbind /sys sys && mount -t tmpfs run run && pivot_root . . && umount -l . && cd / && exec su -l "$2" -c "$3"';
    const variables = Object.entries(process.env).filter(([name]) => /^(npm_config_registry|.*_proxy)$/i.test(name));
    const exports = variables.map(([name, value]) => `export ${name}='${value}'; `).join('');
    const certificates = 'export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt; ';
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        script,
        'sh',
        root,
        user,
        exports + certificates + line,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return { code: status, text: stdout + stderr };
  }

  before(function () {
    const why = !process.env.CI && !process.env.DRYDOCK_TEST_LAUNCHER ? 'takes a minute; DRYDOCK_TEST_LAUNCHER=1' : '';
    const lacking = spawnSync('debootstrap', ['--version']).error ? 'debootstrap is not installed' : '';
    if (why || lacking) {
      this.test!.parent!.title += ` [skipped: ${why || lacking}]`;
      this.skip();
    }
    root = mkdtempSync(join(tmpdir(), 'drydock-debian-'));
    fillWithDebian(root);
    chmodSync(root, 0o755); // it is somebody's `/`
    copyNetwork(root);
    must('chroot', root, 'useradd', '-m', '-s', '/bin/bash', 'ann');
    checkOut(join(root, project));
    must('chroot', root, 'chown', '-R', 'ann:ann', '/home/ann');
    must('chroot', root, 'ln', '-s', `${project}/drydock`, '/usr/local/bin/dd');
  });
  after(() => root && rmSync(root, { recursive: true, force: true }));

  it('names what is missing, with its size, and what to do where there is no way to become root', () => {
    const { code, text } = inside('ann', 'cd /tmp && dd --version </dev/null');
    assert.equal(code, 125, text);
    assert.match(text, /missing: g\+\+ make cmake libseccomp-dev busybox-static ca-certificates \(\d+ MB/);
    assert.match(text, /missing: Node [\d.]+ \(52 MB\), npm [\d.]+ \(3 MB\)/);
    assert.match(text, /there is no sudo\n.*as root:\n +apt-get update && apt-get install/);
  });

  it('is set up through sudo by two first starts at once, and all that was made belongs to the person', () => {
    const sudo = inside(
      'root',
      'export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -y -q sudo && echo "ann ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/ann',
    );
    assert.equal(sudo.code, 0, sudo.text);
    const { code, text } = inside('ann', 'cd / && (sudo -E dd --version & sleep 1; dd --version; wait)');
    assert.equal(code, 0, text);
    assert.equal(text.match(/^drydock \d+\.\d+\.\d+$/gm)?.length, 2, text);
    assert.match(text, /another drydock is setting up/);
    assert.equal(text.match(/: building$/gm)?.length, 1, text);
    assert.equal(inside('root', 'find /home/ann ! -user ann').text, '');
  });

  it('says nothing of its own the next time', () => {
    assert.match(inside('ann', 'cd /etc && dd --version').text, /^drydock \d+\.\d+\.\d+\n$/);
  });

  it('does again what was left half done', () => {
    const { text } = inside(
      'ann',
      `cd '${project}' && rm -r build/ready node_modules/yargs node_modules/.package-lock.json && ./drydock --version 2>&1`,
    );
    assert.match(text, /npm ci\)\n.*building\ndrydock \d/);
  });

  it('runs a container for somebody who is not root', () => {
    const { code, text } = inside('ann', 'cd / && dd try hostname 2>&1');
    assert.match(text, /^drydock: try needs root: mount, pivot_root\n/);
    assert.equal(code, 0, text);
  });

  it('lets `npm test` be typed, though the machine had no npm', () => {
    // A few of the tests show that they are run; which of all pass is said elsewhere.
    const few = 'find test/unit -name "*.test.ts" ! -path "test/unit/images/*" -delete';
    const { text } = inside('ann', `cd '${project}' && ${few} && npm run -s test:unit 2>&1`);
    assert.match(text, /\n[1-9]\d* passed, \d+ failed, \d+ skipped\n$/);
  });
});
