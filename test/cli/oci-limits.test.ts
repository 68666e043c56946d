/** The verbs about limits: pause, resume, update, ps, stats, events; options that callers of runc pass. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupLayout } from '../../src/linux/features.ts';
import { bundle, state } from './bundle.ts';
import { drydock, eventually, fresh, freshFolder, leavesNothing, output } from './support.ts';

const sleeper = (): Promise<string> => bundle(['sleep', '1000']);

/** A running container for `body`, removed afterwards. */
async function running(body: (id: string) => Promise<void>, ...more: string[]): Promise<void> {
  const id = fresh('limits');
  await output(['oci', 'run', '-d', '-b', await sleeper(), ...more, id]);
  try {
    await body(id);
  } finally {
    await output(['oci', 'delete', '--force', id]);
  }
}

const memory = (id: string): number => {
  const path = cgroupLayout() === 'v2' ? `drydock/${id}/memory.max` : `memory/drydock/${id}/memory.limit_in_bytes`;
  return Number(readFileSync(join('/sys/fs/cgroup', path), 'utf8'));
};

describe('limits by oci', function () {
  this.timeout(60_000);
  leavesNothing();
  before(function () {
    if (cgroupLayout() === 'none') this.skip();
  });

  it('pause and resume, and say which of the two it is', () =>
    running(async (id) => {
      await output(['oci', 'pause', id]);
      assert.equal((await state(id)).status, 'paused');
      assert.match(await output(['oci', 'list']), /paused/);
      assert.match((await drydock(['oci', 'exec', id, 'true'])).stderr, /cannot exec .*: it is paused/);
      await output(['oci', 'resume', id]);
      assert.equal((await state(id)).status, 'running');
      await output(['oci', 'exec', id, 'true']);
    }));

  it('change by options, by a file and by standard input', () =>
    running(async (id) => {
      await output(['oci', 'update', '--memory', '64m', id]);
      assert.equal(memory(id), 64 << 20);
      const file = join(freshFolder('resources'), 'resources.json');
      writeFileSync(file, JSON.stringify({ memory: { limit: 48 << 20 } }));
      await output(['oci', 'update', '--resources', file, id]);
      assert.equal(memory(id), 48 << 20);
      await output(['oci', 'update', '--resources', '-', id], {
        input: JSON.stringify({ memory: { limit: 32 << 20 } }),
      });
      assert.equal(memory(id), 32 << 20);
      for (const [words, message] of [
        [['--memory', 'much'], /--memory is a number like 500 or 64m, not 'much'/],
        [[], /update needs something to change/],
        [['--cpuset-cpus', '1-9000000000000'], /cpu\.cpus: expected numbers and ranges/],
        [['--blkio-weight', '5'], /blockIO\.weight: expected a weight from 10 to 1000/],
      ] as const) {
        const { code, stderr } = await drydock(['oci', 'update', ...words, id]);
        assert.equal(code, 125);
        assert.match(stderr, message);
      }
    }));

  it('are shown with what is used, and by whom', () =>
    running(async (id) => {
      const { pid } = await state(id);
      assert.deepEqual(JSON.parse(await output(['oci', 'ps', '--format', 'json', id])), [pid]);
      assert.match(await output(['oci', 'ps', id]), new RegExp(`PID.*\\n0 +${pid} .*sleep 1000`));
      assert.match(
        await output(['oci', 'ps', id, '-eo', 'pid,args']),
        new RegExp(`^ *PID COMMAND\\n *${pid} \\S*sleep 1000\\n$`),
      );
      const { code, stderr } = await drydock(['oci', 'ps', id, '-eo', 'args']);
      assert.deepEqual([code, /Couldn't find PID field/.test(stderr)], [125, true]);
      const event = JSON.parse(await output(['oci', 'events', '--stats', id])) as {
        type: string;
        id: string;
        data: { memory: { usage: { usage: number } }; pids: { current: number } };
      };
      assert.deepEqual([event.type, event.id, event.data.pids.current], ['stats', id, 1]);
      assert(event.data.memory.usage.usage > 0);
      assert.match(await output(['oci', 'stats', id]), /^memory +\d+\.\d MiB/m);
    }));

  it('are told as they change, until the container ends', () =>
    running(async (id) => {
      let said = '';
      const told = drydock(['oci', 'events', '--interval', '50ms', id], { said: (text) => void (said = text) });
      await eventually(
        () => said.includes('\n'),
        () => 'nothing is told',
      );
      await output(['oci', 'kill', id, 'KILL']);
      const { code, stdout } = await told;
      assert.equal(code, 0);
      assert.match(stdout, /^\{"type":"stats"/);
    }));

  it('of RDMA: what this machine lacks is refused by its place in the document', async () => {
    const config = await bundle(['true'], ({ linux }) => {
      linux.resources = { rdma: { nothing0: { hcaHandles: 3 } } };
    });
    const { code, stderr } = await drydock(['oci', 'run', '-b', config, fresh('rdma')]);
    assert.equal(code, 125);
    assert.match(stderr, /linux\.resources\.rdma/);
  });

  it('of a process: an exec with more powers, groups, and no way to gain others', () =>
    running(async (id) => {
      const line = 'grep -E "^(CapEff|NoNewPrivs|Groups)" /proc/self/status';
      const words = ['--cap', 'net_admin', '-g', '7', '--no-new-privs', id, 'sh', '-c', line];
      assert.match(
        await output(['oci', 'exec', ...words]),
        /Groups:\s+7 \nCapEff:\s+00000000a80435fb\nNoNewPrivs:\s+1/,
      );
    }));

  it('may be none at all, and the path one for systemd', async () => {
    await running(
      async (id) => {
        assert.match((await drydock(['oci', 'pause', id])).stderr, /it has no cgroups/);
        const { code, stderr } = await drydock(['oci', 'events', '--interval', '50ms', id]);
        assert.equal(code, 125);
        assert.match(stderr, /has no cgroups/);
      },
      '--cgroup-manager',
      'disabled',
    );
    await running(
      async (id) => void (await output(['oci', 'exec', id, 'true'])),
      '--systemd-cgroup',
      '--no-new-keyring',
    );
  });

  it('come from another file than config.json', async () => {
    const path = await sleeper();
    const config = join(freshFolder('config'), 'other.json');
    const document = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')) as { process: { args: string[] } };
    document.process.args = ['echo', 'other'];
    writeFileSync(config, JSON.stringify(document));
    assert.equal(await output(['oci', 'run', '-b', path, '--config', config, fresh('other')]), 'other\n');
  });
});
