/**
 * An ordinary user: `try`, `oci run` and `exec` with its own id alone, and with more of them through newuidmap; what
 * cannot work there is refused by name. The user is one that nobody has, and its lines in /etc stand in a mount
 * namespace of the test's own.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { features } from '../../src/linux/features.ts';
import { projectHome } from '../../src/linux/native.ts';
import { folder, fresh, freshFolder } from './support.ts';

const UID = 54_321;
const FIRST_SUB = 700_000;

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

let home: string;

/** A line of shell as that user; `subids`: with a range in /etc/subuid, and a name. */
function asUser(line: string, { subids = false } = {}): Answer {
  const script = join(home, fresh('script'));
  const env = `HOME=${home} XDG_RUNTIME_DIR=${home}/run DRYDOCK_ROOTLESS=1 PATH=${process.env.PATH}`;
  writeFileSync(script, `export ${env}\nunset DRYDOCK_RUN DRYDOCK_ROOT DRYDOCK_HOME\ncd ${home}\n${line}\n`);
  const become = `exec setpriv --reuid=${UID} --regid=${UID} --clear-groups sh ${script}`;
  const etc = subids
    ? `mount --bind ${home}/etc/passwd /etc/passwd\nmount --bind ${home}/etc/subids /etc/subuid\nmount --bind ${home}/etc/subids /etc/subgid\n`
    : '';
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-ec', etc + become], { encoding: 'utf8' });
  return { code: status ?? -1, stdout, stderr };
}

const drydock = join(projectHome(), 'drydock');

describe('an ordinary user', function () {
  this.timeout(60_000);

  before(function () {
    if (!features().userNamespace || !features().mountSetattr) this.skip();
    home = freshFolder('home');
    for (const path of ['etc', 'run']) execFileSync('mkdir', ['-p', join(home, path)]);
    writeFileSync(
      join(home, 'etc/passwd'),
      `${readFileSync('/etc/passwd', 'utf8')}sailor:x:${UID}:${UID}::${home}:/bin/sh\n`,
    );
    writeFileSync(join(home, 'etc/subids'), `sailor:${FIRST_SUB}:65536\n`);
    execFileSync('chown', ['-R', `${UID}:${UID}`, home]);
    chmodSync(folder, 0o711);
    chownSync(home, UID, UID);
    try {
      const check = `setpriv --reuid=${UID} --regid=${UID} --clear-groups test -r ${drydock}`;
      execFileSync('sh', ['-c', check]);
      accessSync('/usr/bin/setpriv', constants.X_OK);
    } catch {
      this.test!.parent!.title += ' [skipped: the project’s folder is closed to others]';
      this.skip();
    }
  });

  it('tries the lab as root of a user namespace with its own id alone', () => {
    const line = 'id -u; cat /proc/self/uid_map; touch /x && stat -c %u /x; hostname; ls /sys/fs/cgroup | wc -l';
    const { code, stdout, stderr } = asUser(`${drydock} try --name raft sh -c '${line}'; ls ${home}/run/drydock/lab`);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.replace(/ +/g, ' '), `0\n 0 ${UID} 1\n0\nraft\n0\n`);
  });

  it('is told which folders it cannot write to, and how to name others', () => {
    const closed = freshFolder('closed');
    mkdirSync(join(closed, 'lab'));
    chmodSync(closed, 0o755);
    const { code, stderr } = asUser(`DRYDOCK_ROOT=${closed} ${drydock} try true`);
    assert.equal(code, 125);
    assert.match(stderr, /cannot make the lab [^]*hint +DRYDOCK_ROOT names another folder/);
    const { stdout } = asUser(`DRYDOCK_ROOT=${closed} ${drydock} doctor --json`);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; grade: string; advice?: string }[] };
    const grades = findings.filter(({ name }) => /^DRYDOCK_R/.test(name));
    assert.deepEqual(
      grades.map(({ name, grade, advice }) => [name, grade, advice]),
      [
        ['DRYDOCK_ROOT', 'weak', `make ${closed} writable, or set DRYDOCK_ROOT`],
        ['DRYDOCK_RUN', 'ok', undefined],
      ],
    );
  });

  it('has more ids through newuidmap, and can become somebody else inside', function () {
    if (!existsSync('/usr/bin/newuidmap')) this.skip();
    const line = 'cat /proc/self/uid_map; touch /x; chown 7:8 /x && stat -c %u:%g /x';
    const first = asUser(`${drydock} try sh -c '${line}'`, { subids: true });
    assert.equal(first.stdout.replace(/ +/g, ' '), ` 0 ${UID} 1\n 1 ${FIRST_SUB} 65536\n7:8\n`, first.stderr);
    const other = asUser(`${drydock} try -u 1000:7 sh -c 'id -u; id -g'`, { subids: true });
    assert.equal(other.stdout, '1000\n7\n', other.stderr);
  });

  for (const subids of [false, true])
    it(`runs a bundle, enters it and ends it, ${subids ? 'with many ids' : 'with one'}`, function () {
      if (subids && !existsSync('/usr/bin/newuidmap')) this.skip();
      const bundle = fresh('bundle');
      const oci = `${drydock}-oci`;
      const { code, stdout, stderr } = asUser(
        [
          'set -e',
          `mkdir ${bundle}; cp -a ${home}/.local/share/drydock/lab/*/ ${bundle}/rootfs; cd ${bundle}`,
          `${oci} spec --rootless true`,
          `sed -i 's/"terminal": true/"terminal": false/; s/"sh"$/"sleep","1000"/' config.json`,
          `${oci} run -d ${bundle} </dev/null >/dev/null`,
          `${oci} state ${bundle} | grep status`,
          `${oci} exec ${bundle} sh -c 'id -u; cat /proc/1/comm; touch /y && echo made'`,
          `${oci} list -q`,
          `${oci} kill ${bundle} KILL`,
          `${oci} delete --force ${bundle}; ${oci} list -q`,
        ].join('\n'),
        { subids },
      );
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `  "status": "running",\n0\nsleep\nmade\n${bundle}\n`);
    });

  it('is told that what nobody counts can be neither asked nor limited', () => {
    const [bundle, oci] = [fresh('bundle'), `${drydock}-oci`];
    const { stdout, stderr } = asUser(
      [
        `mkdir ${bundle}; cp -a ${home}/.local/share/drydock/lab/*/ ${bundle}/rootfs; cd ${bundle}`,
        `${oci} spec --rootless true`,
        `sed -i 's/"terminal": true/"terminal": false/; s/"sh"$/"sleep","1000"/' config.json`,
        `${oci} run -d ${bundle} </dev/null >/dev/null`,
        ...['stats', 'events --stats', 'update --memory 64m', 'pause'].map(
          (verb) => `${oci} ${verb} ${bundle}; echo $?`,
        ),
        `${oci} delete --force ${bundle}`,
      ].join('\n'),
    );
    assert.equal(stdout, '125\n'.repeat(4), stderr);
    for (const verb of ['count', 'update', 'pause'])
      assert.match(stderr, new RegExp(`cannot ${verb} '${bundle}': it has no cgroups\n.*--rootless`));
  });

  it('is told that a user id has no mapping', () => {
    const { code, stderr } = asUser(`${drydock} try -u 70000:0 id`);
    assert.equal(code, 125);
    assert.match(stderr, /setresuid\(70000\) = EINVAL\n.*no mapping in this user namespace/s);
  });

  it('is told by name what it cannot have', () => {
    const bundle = fresh('bundle');
    const change = (program: string): string =>
      `python3 -c 'import json; c=json.load(open("config.json")); ${program}; json.dump(c,open("config.json","w"))'`;
    const attempt = (program: string): string =>
      asUser(
        [
          `mkdir -p ${bundle}/rootfs; cd ${bundle}; rm -f config.json; ${drydock}-oci spec --rootless true`,
          change(program),
          `${drydock}-oci run ${fresh('refused')}`,
        ].join('\n'),
      ).stderr;
    const tty = 'c["process"]["terminal"]=False';
    assert.match(
      attempt(`${tty}; c["linux"]["resources"]={"pids":{"limit":3}}`),
      /linux\.resources\.pids\.limit: .*no cgroups/,
    );
    assert.match(attempt(`${tty}; c["process"]["user"]["additionalGids"]=[5]`), /additionalGids: with one id alone/);
    assert.match(attempt(`${tty}; c["linux"]["namespaces"]=[{"type":"mount"}]`), /needs a user namespace/);
    assert.match(
      attempt(`${tty}; c["linux"]["uidMappings"]=[{"containerID":0,"hostID":0,"size":10}]`),
      /newuidmap|newgidmap/,
    );
    const { code, stderr } = asUser(`DRYDOCK_ROOTLESS= node ${projectHome()}/dist/drydock.cjs try true`);
    assert.equal(code, 125);
    assert.match(stderr, /try needs root.*\n.*--rootless/s);
  });
});
