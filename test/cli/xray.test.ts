import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { drydock, eventually, fresh, output } from './support.ts';

interface Inspected {
  id: string;
  status: string;
  pid: number;
  inspections: { isolator: string; namespace?: { inode: string; isOwn: boolean }; facts: [string, string][] }[];
}

/** A container that runs for as long as `body` does. */
async function running(words: readonly string[], body: (id: string) => Promise<void>): Promise<void> {
  const id = fresh('box');
  let pid = 0;
  const ended = drydock(['try', '--name', id, ...words, 'sleep', '1000'], { started: (child) => (pid = child) });
  const isThere = async (): Promise<boolean> => (await drydock(['xray', id, '--json'])).stdout.includes('"running"');
  try {
    await eventually(isThere, () => `${id} does not run`, 30_000);
    await body(id);
  } finally {
    process.kill(pid, 'SIGTERM');
    await ended;
  }
}

const seen = async (id: string): Promise<Inspected> => JSON.parse(await output(['xray', id, '--json'])) as Inspected;

describe('drydock xray', function () {
  this.timeout(120_000);

  it('shows from outside what the kernel says of each isolator', () =>
    running(['--init'], async (id) => {
      const { pid, status, inspections } = await seen(id);
      assert.equal(status, 'running');
      const of = (name: string): Inspected['inspections'][number] =>
        inspections.find(({ isolator }) => isolator === name)!;
      const factOf = (name: string, label: string): string | undefined =>
        of(name).facts.find(([one]) => one === label)?.[1];
      assert.deepEqual(of('pid').namespace, { inode: readlinkSync(`/proc/${pid}/ns/pid`), isOwn: true });
      assert.equal(of('user').namespace?.isOwn, false);
      assert.equal(factOf('pid', 'numbers'), `${pid} outside, 1 inside`);
      assert.equal(factOf('pid', 'processes'), '2');
      assert.match(factOf('process', 'command')!, /docker-init -- sleep 1000/);
      assert.match(factOf('capabilities', 'effective')!, /^CHOWN .*SETFCAP$/);
      assert.equal(factOf('capabilities', 'bounding'), 'as effective');
      assert.match(factOf('masks', 'read-only')!, /\/proc\/sys/);
      assert.equal(factOf('network', 'address'), '127.0.0.1');
      assert.match(factOf('mounts', '/proc')!, /^proc rw,nosuid/);
    }));

  it('says on its page what a container lacks, within 80 columns', () =>
    running(['--without', 'pid'], async (id) => {
      const page = await output(['xray', id.slice(0, -1), '--plain']);
      assert.match(page, new RegExp(`^${id}  running, process \\d+`));
      assert.match(page, /^pid +stack +not in it\n +namespace +pid:\[\d+\] this machine’s$/m);
      assert.match(page, /^uts +namespace +uts:\[\d+\] its own$/m);
      for (const line of page.split('\n')) assert(line.length <= 80, line);
    }));

  it('ends with the container when it watches', async () => {
    let watching: ReturnType<typeof drydock> | undefined;
    let lines = '';
    await running([], async (id) => {
      watching = drydock(['xray', id, '--watch', '--json'], { said: (all) => (lines = all) });
      await eventually(
        () => lines.split('\n').length > 2,
        () => `it says ${lines}`,
      );
    });
    const { code, stderr } = await watching!;
    assert.equal(code, 0);
    assert.match(stderr, /has ended/);
    const [first, second] = lines.split('\n').map((line) => (line ? (JSON.parse(line) as Inspected).pid : 0));
    assert.equal(first, second);
  });

  it('names the nearest container, and says how to have one', async () => {
    const none = await drydock(['xray']);
    assert.equal(none.code, 125);
    assert.match(
      none.stderr,
      /no container runs[^]*\.\/drydock\s+try,\s+or\s+\.\/drydock\s+run[^]*try --mine[^]*the\s+dock/,
    );
    await running([], async (id) => {
      const { code, stderr } = await drydock(['xray', `x${id}`]);
      assert.equal(code, 125);
      assert.match(stderr, new RegExp(`did you mean '${id}'`));
    });
  });
});
