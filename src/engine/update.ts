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
    const limits = withoutStale(record.HostConfig, asked);
    const HostConfig: HostConfig = { ...record.HostConfig, ...limits };
    checkMemory(id, record.HostConfig, limits);
    if (RestartPolicy) HostConfig.RestartPolicy = checkedPolicy(RestartPolicy, HostConfig);
    const resources = resourcesOf(HostConfig);
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

/** `--cpus` and a quota say the same in two ways: whichever was said last counts. */
function withoutStale(older: Resources, limits: Resources): Resources {
  if (limits.NanoCpus && (limits.CpuQuota || limits.CpuPeriod))
    throw new DrydockError('BAD_USAGE', 'Conflicting options: Nano CPUs and CPU Period/Quota cannot both be set');
  if (limits.NanoCpus && (older.CpuQuota || older.CpuPeriod)) return { ...limits, CpuQuota: 0, CpuPeriod: 0 };
  if ((limits.CpuQuota || limits.CpuPeriod) && older.NanoCpus) return { ...limits, NanoCpus: 0 };
  return limits;
}

/** The kernel has memory and swap together as a second limit, which may never be below the first. */
function checkMemory(id: string, older: Resources, { Memory = 0, MemorySwap = 0 }: Resources): void {
  const limit = older.MemorySwap ?? 0;
  if (Memory > 0 && MemorySwap === 0 && limit > 0 && Memory > limit)
    throw conflict(
      id,
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
}

function checkedPolicy(policy: RestartPolicy, { AutoRemove }: HostConfig): RestartPolicy {
  checkPolicy(policy);
  if (AutoRemove && !isNoPolicy(policy))
    throw new DrydockError(
      'BAD_USAGE',
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
      { hint: 'a container of `run --rm` is gone when it has ended' },
    );
  return policy;
}

function conflict(id: string, why: string): DrydockError {
  return new DrydockError('CONFLICT', `Cannot update container ${id}: ${why}`);
}
