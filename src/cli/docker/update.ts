/** `update`: other limits for containers, also while they run. */
import { command, some } from './command.ts';
import { resourceFlags } from './container-flags.ts';
import { restartOf } from './container-request.ts';
import { each } from './each.ts';
import { CommandFailure } from './failure.ts';
import { text, type Values } from './flags.ts';
import { warn } from './print.ts';

/** Those limits that can be changed. */
const changeable = [
  ...(['blkio-weight', 'cpu-period', 'cpu-quota', 'cpu-rt-period', 'cpu-rt-runtime', 'cpu-shares', 'cpus'] as const),
  ...(['cpuset-cpus', 'cpuset-mems', 'memory', 'memory-reservation', 'memory-swap', 'pids-limit'] as const),
];
type Changeable = (typeof changeable)[number];

const flags = {
  ...(Object.fromEntries(changeable.map((name) => [name, resourceFlags[name]])) as Pick<
    typeof resourceFlags,
    Changeable
  >),
  restart: text('no, on-failure[:N], always or unless-stopped'),
};

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Changes the limits of containers, also while they run.',
  words: some,
  flags,
  async run({ client, flags: asked, given, words }) {
    if (given.size === 0) throw new CommandFailure('you must provide one or more flags when using this command');
    const warnings: string[] = [];
    await each(words, async (name) => {
      const path = `/containers/${encodeURIComponent(name)}/update`;
      const { Warnings } = await client.json<{ Warnings?: string[] | null }>('POST', path, { body: changes(asked) });
      warnings.push(...(Warnings ?? []));
      return name;
    });
    for (const warning of warnings) warn(`${warning}\n`);
  },
});

/** What is 0 or empty stays as it is. */
function changes(asked: Values<typeof flags>): object {
  return {
    BlkioWeight: asked['blkio-weight'],
    CpuPeriod: asked['cpu-period'],
    CpuQuota: asked['cpu-quota'],
    CpuRealtimePeriod: asked['cpu-rt-period'],
    CpuRealtimeRuntime: asked['cpu-rt-runtime'],
    CpuShares: asked['cpu-shares'],
    NanoCpus: asked.cpus,
    CpusetCpus: asked['cpuset-cpus'],
    CpusetMems: asked['cpuset-mems'],
    Memory: asked.memory,
    MemoryReservation: asked['memory-reservation'],
    MemorySwap: asked['memory-swap'],
    PidsLimit: asked['pids-limit'],
    RestartPolicy: asked.restart === '' ? undefined : restartOf(asked.restart),
  };
}
