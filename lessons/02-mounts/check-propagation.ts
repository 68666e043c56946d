/** Further: what the kernel has to confirm of `propagation`. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Bench } from '../../src/learn/check/check.ts';
import { mighty } from '../../src/learn/specs.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import type { StandIn } from '../../src/learn/stand-in.ts';
import { features } from '../../src/linux/features.ts';
import { mountAt, readMountinfo, type Mount } from '../../src/linux/mountinfo.ts';
import { OLD_GONE } from './check-pivot.ts';
import { added, named, propagationOf } from './tree.ts';
import { onStandIn, type Wishes } from './watched.ts';

const PROPAGATION = 'isolators/propagation.ts#steps';

const tied = check(
  'a volume that is asked for as rshared shows the mounts of both sides',
  {
    slot: PROPAGATION,
    needs: [OLD_GONE],
    see: 'grep shared /proc/PID/mountinfo    (PID: of the container)',
    hint: ({ seen, isOwn }) => [
      'makePrivate cuts every tie, and a tie that is cut cannot be tied again. So the volume has to be taken before.',
      isOwn === false
        ? 'The volume is not shared at all inside: compare the flags that mountRequests has found with MS_SHARED, or use isTied.'
        : `What is missing: ${String(seen ?? 'the tree that the mounts isolator wants to put in its place: no step has filled its slot')}.`,
      "for each request that isTied(request, host.features): plan.open_tree(request.source!, Number(request.recursive)).into(tiedSlot(request)). Return at once when mode is 'exec'.",
    ],
  },
  async (t) => {
    const volume = mkdtempSync(join(process.env.DRYDOCK_RUN ?? '/run/drydock', 'volume-'));
    for (const name of ['host', 'container']) mkdirSync(join(volume, name));
    const mount = { destination: '/vol', type: 'bind', source: volume, options: ['rbind', 'rshared'] };
    const wishes: Wishes = { adjust: (spec) => mighty({ ...spec, mounts: [...(spec.mounts ?? []), mount] }) };
    try {
      await onStandIn(t, wishes, async ({ host, container, refused }) => {
        if (refused) throw refused;
        await bothWays(t, host, container!, volume);
        // Whoever takes the tree in an exec, too, looks for the host's path in the container.
        await container!.inside(['true']);
      });
    } finally {
      rmSync(volume, { recursive: true });
    }
  },
);

async function bothWays(t: Bench, host: StandIn, container: LabContainer, volume: string): Promise<void> {
  const inside = (): Mount[] => readMountinfo(container.pid);
  t.must(t.fact('isOwn', mountAt('/vol', inside())?.tags.shared !== undefined), {
    did: 'mounted the volume on /vol',
    kernel: `its propagation inside is "${propagationOf(mountAt('/vol', inside())!)}"`,
    wanted: '"shared", as its options say',
  });
  // Before Linux 5.12 a volume is shared among what the container makes of it, and with nobody else.
  if (!features().mountSetattr) return;
  host.sh(`mount -t tmpfs of-the-host ${join(volume, 'host')}`);
  t.fact('seen', 'what the host mounts later in the volume does not appear inside');
  t.must(mountAt('/vol/host', inside()) !== undefined, {
    did: 'mounted a tmpfs in the volume, on the host',
    kernel: '/vol/host is no mount in the container',
    wanted: 'the same mount on both sides',
  });
  await container.inside(['mount', '-t', 'tmpfs', 'of-the-container', '/vol/container']);
  t.fact('seen', 'what the container mounts in the volume does not appear on the host');
  t.must(mountAt(join(volume, 'container'), host.mounts()) !== undefined, {
    did: 'mounted a tmpfs in the volume, in the container',
    kernel: `${join(volume, 'container')} is no mount on the host`,
    wanted: 'the same mount on both sides',
  });
}

const asked = check(
  'the root has the propagation that config.json asks for',
  {
    slot: PROPAGATION,
    needs: [OLD_GONE],
    see: 'head -1 /proc/PID/mountinfo    (PID: of the container)',
    hint: ({ word, is }) => [
      'linux.rootfsPropagation says what becomes of mounts that the container itself hands on: to containers within it.',
      `It asked for "${String(word)}", and / inside is "${String(is)}".`,
      "const wanted = propagations[spec.linux?.rootfsPropagation ?? '']; where it is not undefined: plan.mount(null, '/', null, wanted, null).",
    ],
  },
  async (t) => {
    for (const word of ['shared', 'private'] as const)
      await onStandIn(
        t,
        { adjust: (spec) => ({ ...spec, linux: { ...spec.linux, rootfsPropagation: word } }) },
        ({ host, container, refused }) => {
          if (refused) throw refused;
          t.fact('word', word);
          const is = t.fact('is', propagationOf(mountAt('/', readMountinfo(container!.pid))!).split(',')[0]);
          t.must(is === word, {
            did: `asked for ${word} in linux.rootfsPropagation`,
            kernel: `the propagation of / inside is "${is}"`,
            wanted: word,
          });
          const leaked = added(host.before(), host.mounts());
          t.must(leaked.length === 0, {
            did: `asked for ${word} in linux.rootfsPropagation`,
            kernel: `${leaked.length} new mounts on the host: ${named(leaked)}`,
            wanted: 'shared with whom the container makes, not with the host: the step belongs at its end',
          });
        },
      );
  },
);

export const propagationChecks = [tied, asked];
