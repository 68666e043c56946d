/** Labels of security modules: applied where the kernel has one, refused by name elsewhere. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../../../src/linux/native.ts';
import { create } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import type { Process, Spec } from '../../../../src/runtime/spec.ts';
import {
  boxed,
  folder,
  leavesNothing,
  output,
  run,
  shell,
  skip,
  specOf,
  until,
  withAllPowers,
  withBox,
} from '../../support.ts';

const enabled = '/sys/module/apparmor/parameters/enabled';
const hasAppArmor = (): boolean => existsSync(enabled) && readFileSync(enabled, 'utf8').startsWith('Y');
const having =
  (more: Partial<Process>) =>
  ({ process }: { process: Process }) =>
    void Object.assign(process, more);

const PROFILE = 'drydock-test';
const look = 'cat /proc/self/attr/current; cat /etc/passwd > /dev/null; echo $?; cat /etc/group > /dev/null; echo $?';

/** Loads a profile that forbids one file. False where nothing can load it. */
function loaded(): boolean {
  const parser = '/usr/sbin/apparmor_parser';
  if (!existsSync(parser)) return false;
  const security = '/sys/kernel/security';
  if (!existsSync(join(security, 'apparmor'))) native.mount('securityfs', security, 'securityfs', 0, null);
  const source = join(folder, 'profile');
  const rules = 'file,\n capability,\n signal,\n mount,\n unix,\n deny /etc/group r,\n';
  writeFileSync(source, `profile ${PROFILE} flags=(attach_disconnected) {\n ${rules}}\n`);
  execFileSync(parser, ['--skip-cache', '--replace', source]);
  return true;
}

/** What a further process in a container says. */
async function inAnExec(line: string, more: Partial<Process>, change?: (spec: Spec) => void): Promise<string> {
  return withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }, change) }), async (box) => {
    const out = output();
    const process = { args: ['sh', '-c', line], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'], ...more };
    await (await exec(run, box.id, { process, stdio: out.stdio })).wait();
    out.close();
    return out.text();
  });
}

describe('an AppArmor profile', function () {
  leavesNothing();

  it('is refused by name where the kernel has no AppArmor', async function () {
    if (hasAppArmor()) skip(this, 'it has');
    const spec = specOf({ args: ['true'] }, having({ apparmorProfile: 'docker-default' }));
    await assert.rejects(create(boxed({ spec })), { code: 'UNSUPPORTED', message: /apparmorProfile.*no AppArmor/ });
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), (box) =>
      assert.rejects(
        exec(run, box.id, { process: { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 }, apparmorProfile: 'x' } }),
        { code: 'UNSUPPORTED' },
      ),
    );
  });

  it('confines the program, and that of an exec', async function () {
    if (!hasAppArmor()) skip(this, 'no AppArmor');
    if (!loaded()) skip(this, 'no apparmor_parser');
    assert.match(
      (await shell(look, having({ apparmorProfile: PROFILE }))).text,
      /^drydock-test \(enforce\)\n0\n.*1\n$/s,
    );
    assert.match((await shell(look)).text, /^unconfined\n0\n0\n$/);
    const asked = having({ apparmorProfile: PROFILE });
    // Asked for by the process, or by the container alone: an exec that says nothing is confined as that is.
    for (const [ofContainer, ofProcess] of [
      [undefined, PROFILE],
      [asked, undefined],
      [asked, ''],
    ] as const) {
      const text = await inAnExec(look, { apparmorProfile: ofProcess }, ofContainer);
      assert.match(text, /^drydock-test \(enforce\)/);
    }
  });

  it('is never written to a file that lies over a part of /proc (CVE-2019-16884, CVE-2025-52881)', async function () {
    if (!hasAppArmor()) skip(this, 'no AppArmor');
    const trap =
      'mount -t tmpfs x /proc; for n in 1 2 3 4 5 6 7 8 9; do mkdir -p /proc/$n/attr/apparmor; done; sleep 1000';
    await withBox(boxed({ spec: specOf({ args: ['sh', '-c', trap] }, withAllPowers) }), async (box) => {
      await until('the trap is set', () => existsSync(`/proc/${box.pid}/root/proc/9/attr/apparmor`));
      const process = {
        args: ['true'],
        cwd: '/',
        user: { uid: 0, gid: 0 },
        env: ['PATH=/bin'],
        apparmorProfile: 'unconfined',
      };
      await assert.rejects(exec(run, box.id, { process }), { code: 'STEP_FAILED', call: 'write_attr' });
    });
  });

  it('that is not loaded is an error, not a program without one', async function () {
    if (!hasAppArmor()) skip(this, 'no AppArmor');
    const spec = specOf({ args: ['true'] }, having({ apparmorProfile: 'nobody-has-loaded-this' }));
    await assert.rejects(create(boxed({ spec })), { code: 'STEP_FAILED', call: 'write_attr' });
  });
});

describe('an SELinux label', function () {
  leavesNothing();

  it('is refused by name where the kernel has no SELinux', async function () {
    if (existsSync('/sys/fs/selinux/enforce')) skip(this, 'it has');
    for (const spec of [
      specOf({ args: ['true'] }, having({ selinuxLabel: 'a:b:c' })),
      specOf({ args: ['true'] }, ({ linux }) => void (linux!.mountLabel = 'a:b:c')),
    ])
      await assert.rejects(create(boxed({ spec })), { code: 'UNSUPPORTED', message: /no SELinux/ });
  });
});

describe('an SELinux label, before a policy is loaded', function () {
  leavesNothing();

  // The kernel knows the names of its first labels by itself; without a policy it forbids nothing.
  it('is what the program runs under, and that of an exec', async function () {
    if (!existsSync('/sys/fs/selinux/enforce')) skip(this, 'no SELinux');
    const line = 'tr "\\0" "\\n" < /proc/self/attr/current';
    const label = having({ selinuxLabel: 'kernel' });
    assert.match((await shell(line, label)).text, /^kernel\n$/);
    assert.match(await inAnExec(line, { selinuxLabel: 'kernel' }), /^kernel\n$/);
    assert.match(await inAnExec(line, {}, label), /^kernel\n$/, 'that of the container');
    const spec = specOf({ args: ['true'] }, having({ selinuxLabel: 'no:such:label' }));
    await assert.rejects(create(boxed({ spec })), { code: 'STEP_FAILED', call: 'write_attr' });
  });
});
