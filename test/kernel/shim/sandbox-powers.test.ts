/** What root in the dock is not, and does not see: facts that no exercise would notice by itself. */
import assert from 'node:assert/strict';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../../src/linux/features.ts';
import { parseStatus } from '../../../src/linux/procfs.ts';
import { endStarted, SHIM, start, withFolder } from './support.ts';

async function inDock(script: string): Promise<{ out: string }> {
  // Whoever starts it may have inheritable capabilities, which would be added at each execve.
  const running = start('setpriv', ['--inh-caps=+chown,+kill', SHIM, 'sandbox', '--', '/bin/sh', '-c', script]);
  assert.equal(await running.code, 0);
  return { out: running.out() };
}

describe('drydock-shim sandbox keeps from root', () => {
  afterEach(endStarted);

  it('what no lesson needs of the powers of root, also for what is started by it', async () => {
    const names = { module: 16, rawio: 17, boot: 22, time: 25, macOverride: 32, macAdmin: 33, syslog: 34 };
    const { out } = await inDock('grep ^Cap /proc/self/status');
    const sets = parseStatus(out);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
      for (const [name, bit] of Object.entries(names))
        assert.equal((BigInt(`0x${sets.get(set)}`) >> BigInt(bit)) & 1n, 0n, `${set} has ${name}`);
    assert.equal(BigInt(`0x${sets.get('CapInh')}`), 0n);
  });

  it('the message queues and shared memory of the host', async () => {
    const own = (name: string): string => readlinkSync(`/proc/self/ns/${name}`);
    const kinds = ['mnt', 'pid', 'net', 'ipc', 'uts', ...(features().cgroupNamespace ? ['cgroup'] : [])];
    const { out } = await inDock(`readlink ${kinds.map((kind) => `/proc/self/ns/${kind}`).join(' ')}`);
    out
      .trim()
      .split('\n')
      .forEach((link, index) => assert.notEqual(link, own(kinds[index]!), kinds[index]));
  });

  it('the folder that it was started in, unless it is one to be written', () =>
    withFolder(async (folder) => {
      const at = (window: string): ReturnType<typeof start> =>
        start('sh', ['-c', `cd ${folder} && exec ${SHIM} sandbox ${window} ${folder} -- touch here`]);
      const here = at('--readable');
      assert.notEqual(await here.code, 0);
      assert.match(here.err(), /Read-only file system/);
      assert.ok(!existsSync(join(folder, 'here')));
      assert.equal(await at('--writable').code, 0);
      assert.ok(existsSync(join(folder, 'here')));
    }));
});
