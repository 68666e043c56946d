/**
 * `update`: other limits and another restart policy for a container that exists, whether it runs or not.
 *
 * Only what the request names changes. A container that runs gets its limits first and the record after: what cannot be
 * written to its cgroups is not on record either.
 */
import { DrydockError } from '../errors.ts';
import { update } from '../runtime/update.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { checkPolicy, isNoPolicy } from './policy.ts';
import { refuseTwoWays } from './spec/bounds.ts';
import { resourcesOf } from './spec/limits.ts';
import type { HostConfig, Resources, RestartPolicy } from './types.ts';

/** The body of `POST /containers/{c}/update`. */
export interface UpdateRequest extends Resources {
  RestartPolicy?: RestartPolicy;
}

/** Throws NO_SUCH_CONTAINER, CONFLICT, BAD_USAGE for a limit that cannot be, SYSCALL for one that the kernel refuses. */
export async function updateContainer(
  engine: Engine,
  name: string,
  request: UpdateRequest,
): Promise<{ Warnings: string[] | null }> {
  const container = engine.containers.find(name);
  container.demandWhole();
  await container.aloneIfThere(async () => {
    const { id, record } = container;
    if (record.State.Status === 'removing' || record.State.Dead)
      throw conflict(id, 'Container is marked for removal and cannot be "update".');
    const { RestartPolicy, ...asked } = said(request);
    const limits = normal(asked);
    refuseTwoWays(limits);
    const HostConfig: HostConfig = { ...record.HostConfig, ...limits };
    const reason = conflictWith(record.HostConfig, limits);
    if (reason !== undefined) throw conflict(id, reason);
    if (RestartPolicy) HostConfig.RestartPolicy = checkedPolicy(id, RestartPolicy, HostConfig);
    const resources = { ...resourcesOf(HostConfig), ...(limits.PidsLimit === 0 && { pids: { limit: -1 } }) };
    if (record.State.Running && Object.keys(limits).length > 0) await update(engine.run, id, resources);
    record.HostConfig = HostConfig;
    await container.save();
    engine.events.emit('container', 'update', id, attributesOf(record));
  });
  return { Warnings: null };
}

/** docker's command line sends every field; 0, an empty text and an empty list mean that nothing was said of it. */
function said(request: UpdateRequest): UpdateRequest {
  const isSaid = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== 0 && value !== '';
  const { RestartPolicy, ...limits } = request;
  const kept = Object.fromEntries(Object.entries(limits).filter(([, value]) => isSaid(value)));
  return { ...kept, ...(RestartPolicy?.Name && { RestartPolicy }) };
}

/** Any number below 0 is no limit of processes; on record that is 0. */
const normal = (limits: Resources): Resources => ((limits.PidsLimit ?? 0) < 0 ? { ...limits, PidsLimit: 0 } : limits);

/**
 * Why it does not go together with what the container has; undefined if it does. `--cpus` and a quota say the same in two
 * ways, and the kernel has memory and swap together as a second limit, which may never be below the first. As in moby's
 * container/container_unix.go (UpdateContainer), in its order, and to its sign: an endless swap is below every memory.
 */
function conflictWith(older: Resources, limits: Resources): string | undefined {
  const both = (asked: string, there: string): string =>
    `Conflicting options: ${asked} cannot be updated as ${there} has already been set`;
  if (limits.NanoCpus && older.CpuPeriod) return both('Nano CPUs', 'CPU Period');
  if (limits.NanoCpus && older.CpuQuota) return both('Nano CPUs', 'CPU Quota');
  if (limits.CpuPeriod && older.NanoCpus) return both('CPU Period', 'NanoCPUs');
  if (limits.CpuQuota && older.NanoCpus) return both('CPU Quota', 'NanoCPUs');
  if (limits.Memory && !limits.MemorySwap && limits.Memory > (older.MemorySwap ?? 0))
    return 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time';
  return undefined;
}

function checkedPolicy(id: string, policy: RestartPolicy, { AutoRemove }: HostConfig): RestartPolicy {
  checkPolicy(policy);
  if (AutoRemove && !isNoPolicy(policy))
    throw conflict(id, 'Restart policy cannot be updated because AutoRemove is enabled for the container');
  return policy;
}

function conflict(id: string, why: string): DrydockError {
  return new DrydockError('CONFLICT', `Cannot update container ${id}: ${why}`);
}
