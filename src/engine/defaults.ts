/**
 * What a request leaves out: the image says it, or Docker's defaults do.
 *
 * The image comes from strangers and decides only what happens inside: its config is laid below the request's here, and
 * nothing of it reaches the HostConfig (CVE-2026-53488). Docker's daemon/commit.go (`merge`) for which of two wins.
 */
import { hostname } from 'node:os';
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { RunConfig } from '../images/config.ts';
import { commandOf, environmentOf } from '../images/spec.ts';
import type { EngineOptions } from './engine.ts';
import { checkPolicy, isNoPolicy } from './policy.ts';
import type { ContainerConfig, HealthConfig, HostConfig, LogConfig, Names, Ulimit } from './types.ts';

const SHM_BYTES = 64 << 20;

/** The request over the image. */
export function configOf(image: RunConfig, asked: ContainerConfig, host: HostConfig, id: string): ContainerConfig {
  const own = { ...image, ...withoutEmpty(asked) } as ContainerConfig;
  return {
    ...own,
    Hostname: asked.Hostname || hostnameOf(host, id),
    Env: environmentOf([], image, { env: asked.Env }),
    ...wordsOf(image, asked),
    WorkingDir: own.WorkingDir && posix.resolve('/', own.WorkingDir),
    ExposedPorts: union(image.ExposedPorts as Names | undefined, asked.ExposedPorts),
    Volumes: union(image.Volumes as Names | undefined, asked.Volumes),
    Labels: { ...image.Labels, ...asked.Labels },
    Healthcheck: healthOf(image.Healthcheck as HealthConfig | undefined, asked.Healthcheck),
  };
}

/** Docker reads an empty text and an empty list as absent, but for the entrypoint, where an empty list is one. */
function withoutEmpty(asked: ContainerConfig): Partial<ContainerConfig> {
  return Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0)),
  );
}

/**
 * In the machine's network it is called as the machine is; in another container's, as that one, which start knows. With the
 * machine's UTS namespace (`--uts host`) it is only what HOSTNAME and /etc/hostname say. Docker's daemon/container.go.
 */
const hostnameOf = ({ NetworkMode }: HostConfig, id: string): string =>
  NetworkMode === 'host' ? hostname() : id.slice(0, 12);

/** What `inspect` shows of it; images/spec.ts says why. */
function wordsOf(image: RunConfig, { Entrypoint, Cmd }: ContainerConfig): Pick<ContainerConfig, 'Entrypoint' | 'Cmd'> {
  const isCleared = Entrypoint?.length === 1 && Entrypoint[0] === '';
  if (isCleared) return { Entrypoint: undefined, Cmd };
  if (Entrypoint !== undefined && Entrypoint.length > 0) return { Entrypoint, Cmd };
  return { Entrypoint: Entrypoint ?? image.Entrypoint, Cmd: Cmd?.length ? Cmd : image.Cmd };
}

/** The program and its words. An empty list is no entrypoint, and not the image's. Throws BAD_USAGE in Docker's words. */
export function programOf(image: RunConfig, { Entrypoint, Cmd = [] }: ContainerConfig): string[] {
  const [entrypoint, ...rest] = Entrypoint ?? [];
  if (entrypoint !== undefined) return commandOf(image, { entrypoint, args: [...rest, ...Cmd] });
  return commandOf(Entrypoint ? { ...image, Entrypoint: [] } : image, { args: Cmd });
}

function union(image?: Names, asked?: Names): Names | undefined {
  return image || asked ? { ...image, ...asked } : undefined;
}

/** What the request says of the health check, and the image's for the rest; `NONE` is none at all. */
function healthOf(image?: HealthConfig, asked?: HealthConfig): HealthConfig | undefined {
  if (!image || !asked || asked.Test?.[0] === 'NONE') return asked ?? image;
  const said = Object.entries(asked).filter(([, value]) => (Array.isArray(value) ? value.length : value));
  return { ...image, ...Object.fromEntries(said) };
}

/** HostConfig with what Docker fills in, so that `inspect` shows what holds. Throws BAD_USAGE. */
export function hostConfigOf(options: EngineOptions, asked: HostConfig): HostConfig {
  const { RestartPolicy = {}, AutoRemove, Memory = 0, MemorySwap = 0 } = asked;
  checkPolicy(RestartPolicy);
  if (AutoRemove && !isNoPolicy(RestartPolicy))
    throw new DrydockError('BAD_USAGE', "can't create 'AutoRemove' container with restart policy");
  return {
    ...asked,
    NetworkMode: asked.NetworkMode || 'default',
    RestartPolicy: { Name: RestartPolicy.Name || 'no', MaximumRetryCount: RestartPolicy.MaximumRetryCount ?? 0 },
    LogConfig: logConfigOf(options.logConfig, asked.LogConfig),
    ShmSize: asked.ShmSize || SHM_BYTES,
    IpcMode: asked.IpcMode || 'private',
    // A limit of memory brings one of swap, as much again: what does not fit would go to the disk and take that instead.
    MemorySwap: MemorySwap || (Memory > 0 ? 2 * Memory : 0),
    // Any number below 0, and 0, is no limit; on record is nothing then.
    PidsLimit: (asked.PidsLimit ?? 0) > 0 ? asked.PidsLimit : undefined,
    Init: asked.Init ?? options.init,
    Ulimits: ulimitsOf(options.ulimits, asked.Ulimits),
  };
}

/** The container's options, and the engine's for the rest if both speak of the same driver. Docker's daemon/logs.go. */
function logConfigOf(ours: LogConfig = {}, asked: LogConfig = {}): LogConfig {
  const usual = ours.Type || 'json-file';
  const Type = asked.Type || usual;
  return { Type, Config: { ...(Type === usual && ours.Config), ...asked.Config } };
}

/** The container's own, and the engine's for the rest. */
function ulimitsOf(ours: readonly Ulimit[] | undefined, asked: Ulimit[] | undefined): Ulimit[] | undefined {
  if (!ours?.length) return asked;
  const named = new Set(asked?.map(({ Name }) => Name));
  return [...(asked ?? []), ...ours.filter(({ Name }) => !named.has(Name))];
}
