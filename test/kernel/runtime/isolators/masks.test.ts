/** What is hidden or may only be read: covers over /proc and /sys, read-only roots, sysctls, copies in a tmpfs, ties. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { MNT_DETACH, MS_SHARED } from '../../../../src/linux/constants.ts';
import { features } from '../../../../src/linux/features.ts';
import { mountAt, parseMountinfo } from '../../../../src/linux/mountinfo.ts';
import { native } from '../../../../src/linux/native.ts';
import { create } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import {
  boxed,
  folder,
  fresh,
  leavesNothing,
  makeBundle,
  output,
  run,
  runBox,
  shell,
  skip,
  specOf,
  until,
  withAllPowers,
  withBox,
} from '../../support.ts';

const hiding =
  (maskedPaths: string[], readonlyPaths: string[] = []) =>
  (spec: Spec) => {
    Object.assign(spec.linux!, { maskedPaths, readonlyPaths });
  };

describe('what is masked', function () {
  leavesNothing();

  it('is an empty directory or an empty file, also for root with all its powers', async () => {
    const change = (spec: Spec): void => {
      hiding(['/etc', '/proc/version', '/no/such/thing', '/proc/version/below'])(spec);
      withAllPowers(spec);
    };
    const line =
      'ls /etc | wc -l; touch /etc/x 2>&1; wc -c < /proc/version; echo x > /proc/version; umount /etc && ls /etc';
    const { text } = await shell(line, change);
    assert.match(
      text,
      /^0\ntouch: \/etc\/x: Read-only file system\n0\n.*group\npasswd\n$/s,
      'who may unmount, may uncover',
    );
  });

  it('leaves the mode and the times of the host’s /dev/null alone', async () => {
    const before = fs.statSync('/dev/null').mode;
    const change = (spec: Spec): void => [hiding(['/proc/version']), withAllPowers].forEach((one) => one(spec));
    const { text } = await shell('chmod 600 /proc/version 2>&1; chown 1 /proc/version 2>&1', change);
    assert.match(text, /Read-only file system.*Read-only file system/s);
    assert.equal(fs.statSync('/dev/null').mode, before);
  });

  it('stays so for a further process', () =>
    withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }, hiding(['/etc'], ['/proc/sys'])) }), async (box) => {
      const out = output();
      const args = ['sh', '-c', 'ls /etc | wc -l; echo x > /proc/sys/kernel/hostname'];
      const process = { args, cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] };
      await (await exec(run, box.id, { process, stdio: out.stdio })).wait();
      assert.match(out.text(), /^0\n.*Read-only file system/s);
      out.close();
    }));

  it('is looked up inside: a link of the image leads nowhere else', async () => {
    const bundle = makeBundle();
    fs.symlinkSync('/../../../../../../etc', join(bundle, 'rootfs/outside'));
    const { text } = await runBox({ bundle, spec: specOf({ args: ['ls', '/etc'] }, hiding(['/outside'])) });
    assert.equal(text, '', 'the /etc of the container is hidden');
    assert(fs.readdirSync('/etc').includes('passwd'));
  });

  it('is not hidden by a /dev/null that the image brings (CVE-2025-31133)', async () => {
    const bundle = makeBundle();
    fs.symlinkSync('/proc/sys/kernel/core_pattern', join(bundle, 'rootfs/dev/null'));
    const change = (spec: Spec): void => {
      hiding(['/proc/version'])(spec);
      spec.mounts = spec.mounts!.filter(({ destination }) => !destination.startsWith('/dev'));
    };
    const spec = specOf({ args: ['wc', '-c', '/proc/version'] }, change);
    await assert.rejects(runBox({ bundle, spec }), { code: 'STEP_FAILED', call: 'mknod_at', message: /a link/ });
  });

  it('may be read where it is only not to be written, with all that lies below', async () => {
    const { text } = await shell(
      'cat /proc/sys/kernel/ostype; echo x > /proc/sys/kernel/hostname; grep -c " /proc/.* ro," /proc/self/mountinfo',
    );
    assert.match(text, /^Linux\n.*Read-only file system\n(?:[4-9]|\d\d)/s);
  });
});

describe('a read-only root', function () {
  leavesNothing();

  it('cannot be written, its mounts can, and the host’s files can', async () => {
    const bundle = makeBundle();
    const spec = specOf({ args: ['sh', '-c', 'touch /x 2>&1; touch /dev/shm/y && echo fine'] }, (config) => {
      config.root.readonly = true;
      config.process.cwd = '/made/for/it';
    });
    const { text } = await runBox({ bundle, spec });
    assert.equal(text, 'touch: /x: Read-only file system\nfine\n');
    assert(fs.existsSync(join(bundle, 'rootfs/made/for/it')), 'what the container needs is made before');
    fs.writeFileSync(join(bundle, 'rootfs/x'), 'still');
  });

  it('is refused without mounts of its own', () => {
    const spec = specOf({ args: ['true'] }, (config) => {
      config.root.readonly = true;
      config.linux!.namespaces = config.linux!.namespaces!.filter(({ type }) => type !== 'mount');
    });
    return assert.rejects(create(boxed({ spec })), { code: 'SPEC_INVALID' });
  });
});

describe('a kernel parameter', function () {
  leavesNothing();

  const setting = (sysctl: Record<string, string>, change?: (spec: Spec) => void) => (spec: Spec) => {
    spec.linux!.sysctl = sysctl;
    change?.(spec);
  };

  it('of its own namespaces has the value that was asked for, and the host’s is as it was', async () => {
    const path = '/proc/sys/net/ipv4/ip_default_ttl';
    const before = fs.readFileSync(path, 'utf8');
    const { text } = await shell(
      `cat ${path} /proc/sys/kernel/msgmax`,
      setting({ 'net.ipv4.ip_default_ttl': '77', 'kernel/msgmax': '9000' }),
    );
    assert.equal(text, '77\n9000\n');
    assert.equal(fs.readFileSync(path, 'utf8'), before);
  });

  it('of the whole machine, or of a namespace of the host’s, is refused', async () => {
    const refused = (sysctl: Record<string, string>, message: RegExp, change?: (spec: Spec) => void): Promise<void> =>
      assert.rejects(create(boxed({ spec: specOf({ args: ['true'] }, setting(sysctl, change)) })), {
        code: 'SPEC_INVALID',
        message,
      });
    await refused({ 'kernel.panic': '1' }, /whole machine/);
    await refused({ 'kernel.hostname': 'x' }, /whole machine/);
    await refused({ 'net..x': '1' }, /no name/);
    await refused({ 'net.ipv4.ip_forward': '1' }, /network namespace/, ({ linux }) => {
      linux!.namespaces = linux!.namespaces!.filter(({ type }) => type !== 'network');
    });
  });

  it('is never written through something that lies over a part of /proc (CVE-2025-52881)', async () => {
    const bundle = makeBundle();
    fs.rmdirSync(join(bundle, 'rootfs/proc'));
    fs.mkdirSync(join(bundle, 'rootfs/trap/sys/net/ipv4'), { recursive: true });
    fs.writeFileSync(join(bundle, 'rootfs/trap/sys/net/ipv4/ip_forward'), 'untouched');
    fs.symlinkSync('/trap', join(bundle, 'rootfs/proc'));
    const spec = specOf({ args: ['true'] }, setting({ 'net.ipv4.ip_forward': '1' }));
    spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/proc');
    spec.linux!.maskedPaths = spec.linux!.readonlyPaths = [];
    await assert.rejects(create(boxed({ spec, bundle })), { code: 'STEP_FAILED', call: 'write_sysctl' });
    assert.equal(fs.readFileSync(join(bundle, 'rootfs/trap/sys/net/ipv4/ip_forward'), 'utf8'), 'untouched');
  });

  it('that does not exist is an error with its name', () =>
    assert.rejects(create(boxed({ spec: specOf({ args: ['true'] }, setting({ 'net.wind': '1' })) })), {
      code: 'STEP_FAILED',
      call: 'write_sysctl',
    }));
});

describe('a tmpfs with tmpcopyup', function () {
  leavesNothing();

  it('begins with what it covers, and changes are its own', async () => {
    const bundle = makeBundle();
    const data = join(bundle, 'rootfs/data');
    fs.mkdirSync(join(data, 'deep/er'), { recursive: true });
    fs.writeFileSync(join(data, 'deep/file'), 'words', { mode: 0o640 });
    fs.chownSync(join(data, 'deep/file'), 7, 8);
    fs.utimesSync(join(data, 'deep/file'), 1, 1000);
    fs.symlinkSync('deep/file', join(data, 'link'));
    native.mkfifo(join(data, 'fifo'), 0o600);
    fs.chmodSync(data, 0o1770);
    const line =
      'cat /data/link; stat -c "%a %u %g %Y %F" /data /data/deep/file /data/fifo; echo more > /data/deep/file';
    const spec = specOf({ args: ['sh', '-c', line] }, ({ mounts }) => {
      mounts!.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', 'size=1m'] });
    });
    const { text } = await runBox({ bundle, spec });
    const when = Math.floor(fs.statSync(data).mtimeMs / 1000);
    assert.equal(
      text.replace(/^(.*fifo)$/m, (fifo) => fifo.replace(/ \d{6,} /, ' T ')),
      `words1770 0 0 ${when} directory\n640 7 8 1000 regular file\n600 0 0 T fifo\n`,
    );
    assert.equal(fs.readFileSync(join(data, 'deep/file'), 'utf8'), 'words');
  });
});

describe('a volume that is shared with the host', function () {
  leavesNothing();

  it('shows on both sides what either of them mounts in it', async function () {
    if (!features().mountSetattr) skip(this, 'no detached trees');
    const source = join(folder, fresh('tied'));
    fs.mkdirSync(source);
    native.mount('tmpfs', source, 'tmpfs', 0, null);
    native.mount(null, source, null, MS_SHARED, null);
    fs.mkdirSync(join(source, 'from-host'));
    fs.mkdirSync(join(source, 'from-inside'));
    const line = 'mount -t tmpfs x /tied/from-inside && echo ready; sleep 1000';
    const out = output();
    const spec = specOf({ args: ['sh', '-c', line] }, (config) => {
      withAllPowers(config);
      config.linux!.rootfsPropagation = 'shared';
      config.mounts!.push({ destination: '/tied', type: 'bind', source, options: ['rbind', 'rshared'] });
    });
    try {
      await withBox(boxed({ spec, stdio: out.stdio }), async (box) => {
        native.mount('tmpfs', join(source, 'from-host'), 'tmpfs', 0, null);
        await until('it has mounted', () => out.text().includes('ready'));
        const inside = parseMountinfo(fs.readFileSync(`/proc/${box.pid}/mountinfo`));
        assert(mountAt('/tied/from-host', inside), 'the host’s is seen inside');
        assert(mountAt(join(source, 'from-inside')), 'the container’s is seen outside');
      });
    } finally {
      out.close();
      for (const name of ['from-host', 'from-inside'])
        if (mountAt(join(source, name))) native.umount2(join(source, name), MNT_DETACH);
      native.umount2(source, MNT_DETACH);
    }
  });
});
