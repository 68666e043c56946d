import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { existsSync } from 'node:fs';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { namespaceOf } from '../../src/learn/facts.ts';
import { mighty } from '../../src/learn/specs.ts';
import { openStage } from '../../src/learn/stage.ts';
import { standIn } from '../../src/learn/stand-in.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import { MS_BIND, MS_REC } from '../../src/linux/constants.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import './support.ts';

/** The runtime with its first mistake: the ties to the host are not cut. */
const tied = isolators
  .filter(({ name }) => name !== 'pivot' && name !== 'cgroups')
  .map((isolator): AnyIsolator =>
    isolator.name === 'rootfs'
      ? {
          ...isolator,
          steps(plan, _context, root: string) {
            plan.mount(root, root, null, MS_BIND | MS_REC, null);
            plan.open_root(root).into('root');
          },
        }
      : isolator,
  );

describe('a stand-in for the host', function () {
  this.timeout(60_000);

  it('takes the mounts that leak out of a container, and the machine sees none of them', async () => {
    const [stage, host] = [await openStage('stand-in'), await standIn('mount')];
    try {
      const stack = [host.isolator, ...tied];
      // Moving the root over a shared one is refused; by then the mounts have leaked.
      await assert.rejects(stage.run({ args: ['sleep', '1000'], stack }), { code: 'STEP_FAILED' });
      const leaked = host.mounts().filter(({ id }) => !host.before().some((mount) => mount.id === id));
      assert(
        leaked.some(({ mountPoint }) => mountPoint.endsWith('/rootfs/proc')),
        leaked.map(({ mountPoint }) => mountPoint).join(' '),
      );
      assert(!readMountinfo().some(({ mountPoint }) => leaked.some((mount) => mount.mountPoint === mountPoint)));
    } finally {
      await host.close();
      await stage.close();
    }
    assert(!existsSync(`/proc/${host.pid}`));
  });

  it('takes the name that a container gives it, by its first process or by an exec', async () => {
    const before = hostname();
    const [stage, host] = [await openStage('stand-in'), await standIn('uts')];
    try {
      const stack = [host.isolator, ...isolators.filter(({ name }) => !['uts', 'sysctl'].includes(name))];
      const container = await stage.run({ args: ['sleep', '1000'], stack, adjust: mighty });
      assert.equal(namespaceOf(container.pid, 'uts'), namespaceOf(host.pid, 'uts'));
      await container.inside(['hostname', 'mutiny']);
      assert.equal(host.sh('hostname').trim(), 'mutiny');
      assert.equal(hostname(), before);
    } finally {
      await stage.close();
      await host.close();
    }
  });
});
