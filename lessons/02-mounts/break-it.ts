/**
 * A volume that is shared with the host is a door in both directions. Tried on a stand-in for the host: its mounts are
 * shared among each other and with nobody else's.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breaking, type Attack, type Target } from '../../src/learn/attack.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { mighty } from '../../src/learn/specs.ts';
import { standIn, type StandIn } from '../../src/learn/stand-in.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import type { Spec } from '../../src/runtime/spec.ts';

const sides = { undefended: 'the volume is rshared', defended: 'the volume is rprivate' };

interface Ground {
  readonly host: StandIn;
  readonly container: LabContainer;
  /** The volume, as the host has it; `/vol` in the container. */
  readonly volume: string;
}

/** A container with CAP_SYS_ADMIN and a volume, on a stand-in. */
async function onGround<T>(target: Target, isDefended: boolean, attack: (ground: Ground) => Promise<T>): Promise<T> {
  const volume = mkdtempSync(join(process.env.DRYDOCK_RUN ?? '/run/drydock', 'volume-'));
  mkdirSync(join(volume, 'etc'));
  writeFileSync(join(volume, 'etc/passwd'), 'the host’s\n');
  const host = await standIn('mount');
  try {
    const container = await target.container({
      args: ['sleep', '1000'],
      stack: [host.isolator, ...isolators],
      adjust: (spec) => withVolume(spec, volume, isDefended ? 'rprivate' : 'rshared'),
    });
    return await attack({ host, container, volume });
  } finally {
    await host.close();
    rmSync(volume, { recursive: true });
  }
}

function withVolume(spec: Spec, source: string, propagation: string): Spec {
  const volume = { destination: '/vol', type: 'bind', source, options: ['rbind', propagation] };
  return mighty({ ...spec, mounts: [...(spec.mounts ?? []), volume] });
}

/** The container covers a directory of the host: whoever reads there reads what the container wants. */
const outwards: Attack = {
  ...sides,
  name: 'a mount of the container appears on the host',
  attempt: (target, isDefended) =>
    onGround(target, isDefended, async ({ host, container, volume }) => {
      const script = 'mount -t tmpfs mine /vol/etc && echo "the container’s" >/vol/etc/passwd';
      await container.inside(['sh', '-c', script]);
      const passwd = host.sh(`cat ${join(volume, 'etc/passwd')}`).trim();
      return { succeeded: passwd === 'the container’s', seen: `the host reads ${passwd}` };
    }),
};

/** The host mounts something after the container was started, and it is in there, too. */
const inwards: Attack = {
  ...sides,
  name: 'a mount of the host appears in the container',
  attempt: (target, isDefended) =>
    onGround(target, isDefended, async ({ host, container, volume }) => {
      host.sh(`mount -t tmpfs secret ${volume}/etc && echo secret >${volume}/etc/passwd`);
      const { output } = await container.inside(['cat', '/vol/etc/passwd']);
      return { succeeded: output.trim() === 'secret', seen: `the container reads ${output.trim()}` };
    }),
};

export const attacks: readonly Attack[] = [outwards, inwards];

export const breakIt = breaking(attacks, {
  lesson: 'mounts',
  seconds: 3,
  question: 'Who sees what is mounted in a volume that is tied to the host?',
  turn: ['./drydock read mounts', 'how mounts propagate, and what cuts the ties'],
});
