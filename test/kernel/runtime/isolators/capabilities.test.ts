/** Capabilities and no_new_privs, for create and for exec alike: what /proc/PID/status says, and what a program can do. */
import assert from 'node:assert/strict';
import { capabilityNames, capabilitySet, holds, namesOf, ownBoundingSet } from '../../../../src/linux/capabilities.ts';
import { features } from '../../../../src/linux/features.ts';
import { create } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import type { Process, Spec } from '../../../../src/runtime/spec.ts';
import { boxed, leavesNothing, output, run, runBox, shell, skip, specOf, withBox } from '../../support.ts';

type Sets = NonNullable<Process['capabilities']>;

const number = (name: string): number => (capabilityNames as readonly string[]).indexOf(name);

/** The five sets as names, from the lines of /proc/PID/status. */
function setsIn(text: string): Record<string, string[]> {
  const lines = [...text.matchAll(/^Cap(\w+):\s+([0-9a-f]+)$/gm)];
  return Object.fromEntries(lines.map(([, set, hex]) => [set!, namesOf(parseInt(hex!, 16))]));
}

const look = 'grep -E "^(Cap|NoNewPrivs)" /proc/self/status';
const having =
  (capabilities: Sets | undefined, more: Partial<Process> = {}) =>
  (spec: Spec) =>
    void Object.assign(spec.process, { capabilities, ...more });

async function execIn(id: string, more: Partial<Process> = {}): Promise<string> {
  const out = output();
  const process = { args: ['sh', '-c', look], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'], ...more };
  try {
    assert.equal(await (await exec(run, id, { process, stdio: out.stdio })).wait(), 0);
    return out.text();
  } finally {
    out.close();
  }
}

describe('capabilities', function () {
  leavesNothing();

  it('are those that the config names, and none where it names none', async () => {
    const some: Sets = {
      bounding: ['CAP_KILL', 'CAP_CHOWN'],
      permitted: ['CAP_KILL', 'CAP_CHOWN'],
      effective: ['CAP_KILL'],
    };
    const { Bnd, Prm, Eff, Inh, Amb } = setsIn((await shell(look, having(some))).text);
    assert.deepEqual([Bnd, Prm, Inh, Amb], [['CHOWN', 'KILL'], ['CHOWN', 'KILL'], [], []]);
    // Root's program gets its permitted set as the effective one when it is executed (capabilities(7)).
    assert.deepEqual(Eff, ['CHOWN', 'KILL']);
    for (const set of Object.values(setsIn((await shell(look, having(undefined))).text))) assert.deepEqual(set, []);
  });

  it('are inheritable only as far as was asked for, at create and at exec (CVE-2022-29162)', () =>
    withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async (box) => {
      const own = setsIn((await shell(look)).text);
      const added = setsIn(await execIn(box.id));
      assert.deepEqual([own.Inh, own.Amb, added.Inh, added.Amb], [[], [], [], []]);
      assert.deepEqual(added, own, 'an exec has what the container has');
    }));

  it('are left out of the ambient set when they are not inheritable, as the kernel wants it', async function () {
    if (!features().ambientCapabilities) skip(this, 'no ambient capabilities');
    const one = ['CAP_KILL'];
    const sets: Sets = { bounding: one, permitted: one, effective: one, inheritable: [], ambient: one };
    const { Amb } = setsIn((await shell(look, having(sets, { user: { uid: 1000, gid: 1000 } }))).text);
    assert.deepEqual(Amb, []);
  });

  it('stay with a user who is not root when they are ambient', async function () {
    if (!features().ambientCapabilities) skip(this, 'no ambient capabilities');
    const one = ['CAP_NET_RAW'];
    const sets: Sets = { bounding: one, permitted: one, effective: one, inheritable: one, ambient: one };
    const user = { uid: 1000, gid: 1000 };
    const { Eff, Amb } = setsIn((await shell(look, having(sets, { user }))).text);
    assert.deepEqual([Eff, Amb], [['NET_RAW'], ['NET_RAW']]);
    const without = setsIn((await shell(look, having({ ...sets, ambient: [] }, { user }))).text);
    assert.deepEqual(without.Eff, []);
  });

  it('are given away in an order that needs none of what is gone', async () => {
    const one = ['CAP_KILL'];
    const sets: Sets = { bounding: one, permitted: one, effective: one };
    const user = { uid: 1000, gid: 1001, additionalGids: [1002] };
    const { text } = await shell(`${look}; id`, having(sets, { user }));
    assert.match(text, /uid=1000(\(\w+\))? gid=1001 groups=(1001,)?1002/);
    assert.deepEqual(setsIn(text), { Inh: [], Prm: [], Eff: [], Bnd: ['KILL'], Amb: [] });
    assert.deepEqual(setsIn((await shell(look, having(sets))).text).Eff, ['KILL']);
  });

  it('may be nobody’s business: without the isolator the user changes all the same', async () => {
    const without = isolators.filter(({ name }) => name !== 'capabilities');
    const spec = specOf({ args: ['sh', '-c', 'id -u; id -g'] }, having(undefined, { user: { uid: 1000, gid: 1001 } }));
    assert.equal((await runBox({ spec, isolators: without })).text, '1000\n1001\n');
  });

  it('are missed where they are missing', async () => {
    const line = 'chown 1 /tmp 2>&1; hostname pier 2>&1; id -u';
    assert.match((await shell(line, having({}))).text, /chown: .*not permitted\n.*hostname: .*\n0\n/s);
  });

  it('may be others for a process of an exec', () =>
    withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async (box) => {
      const one = ['CAP_KILL'];
      const { Bnd, Eff } = setsIn(
        await execIn(box.id, { capabilities: { bounding: one, permitted: one, effective: one } }),
      );
      assert.deepEqual([Bnd, Eff], [['KILL'], ['KILL']]);
    }));

  it('that this machine’s root lacks are refused where the config names them', async function () {
    const lacking = capabilityNames.find((name) => !holds(ownBoundingSet(), number(name)));
    if (lacking === undefined) skip(this, 'root has them all');
    const spec = specOf({ args: ['true'] }, having({ bounding: [lacking] }));
    await assert.rejects(create(boxed({ spec })), { code: 'UNSUPPORTED', message: new RegExp(`bounding.*${lacking}`) });
  });

  it('that nobody knows are left out, with a warning', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', listen);
    const { text } = await shell(look, having({ bounding: ['CAP_WIND', 'CAP_KILL'] }));
    await new Promise(setImmediate);
    process.off('warning', listen);
    assert.deepEqual(setsIn(text).Bnd, ['KILL']);
    assert.match(warnings.join('\n'), /knows no "CAP_WIND"/);
  });

  it('are nobody’s to gain with no_new_privs, at create and at exec', async () => {
    const sealed = having({}, { noNewPrivileges: true });
    assert.match((await shell(look, sealed)).text, /NoNewPrivs:\s+1/);
    assert.match((await shell(look)).text, /NoNewPrivs:\s+0/);
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }, sealed) }), async (box) => {
      assert.match(await execIn(box.id), /NoNewPrivs:\s+1/, 'inherited from the container');
      assert.match(await execIn(box.id, { noNewPrivileges: false }), /NoNewPrivs:\s+0/);
    });
  });

  it('are a set that numbers hold exactly', () => {
    const all = capabilitySet(capabilityNames.keys());
    assert.deepEqual(namesOf(all).length, capabilityNames.length);
    assert.equal(capabilitySet([40, 40, 0]), 2 ** 40 + 1);
    assert(holds(all, 40) && !holds(all, 41) && !holds(2 ** 40, 8));
  });

  it('leave a container nothing to raise itself by: no device can be made with a mode of its own choice', async () => {
    const { text } = await runBox({
      spec: specOf({ args: ['sh', '-c', 'unshare -m true 2>&1; mount -t tmpfs x /tmp 2>&1'] }),
    });
    assert.match(text, /not permitted.*denied|not permitted.*not permitted/s);
  });
});
