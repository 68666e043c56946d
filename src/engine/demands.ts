/**
 * What nobody can obey is refused when a container is made: whoever starts it later, or the kernel in the midst of a start,
 * would have to say it to somebody who has not asked for it. Limits are looked at where they are read (spec/limits.ts).
 *
 * The sentences are Docker's (daemon/container.go, daemon/daemon_unix.go), where it has one.
 */
import { DrydockError } from '../errors.ts';
import { refuseConflicts } from './conflicts.ts';
import { checkLog } from './log-options.ts';
import { numberOf } from './signal.ts';
import type { ContainerRecord, CreateRequest, HealthConfig, HostConfig } from './types.ts';

const MILLISECOND = 1e6;
/** sethostname(2): as long as struct utsname has room for. */
const LONGEST_NAME = 64;

/** In the request itself: what the image says of the same is taken as it can be. Throws BAD_USAGE. */
export function refuseRequest(request: CreateRequest): void {
  const { Env = [], WorkingDir = '', HostConfig = {} } = request;
  for (const variable of Env)
    if (variable === '' || variable.startsWith('='))
      throw wrong(`invalid environment variable: ${variable}`, 'NAME=VALUE, or NAME for one without a value');
  if (WorkingDir !== '' && !WorkingDir.startsWith('/'))
    throw wrong(`the working directory '${WorkingDir}' is invalid, it needs to be an absolute path`, `/${WorkingDir}`);
  const { ExtraHosts = [], NetworkMode } = HostConfig;
  const bad = ExtraHosts.find((one) => !/^[^:]+:./.test(one));
  if (bad !== undefined) throw wrong(`bad format for add-host: "${bad}"`, 'NAME:ADDRESS, or NAME:host-gateway');
  if (NetworkMode === 'container:')
    throw wrong('Invalid network mode: invalid container format container:<name|id>', 'container:NAME');
  refuseConflicts(request);
}

/** In what the request and the image come to. Throws BAD_USAGE. */
export function refuseWhatCannotBe({ Config, HostConfig }: ContainerRecord): void {
  const { StopSignal, Healthcheck, Hostname = '', Domainname = '' } = Config;
  if (StopSignal) numberOf(StopSignal);
  for (const name of [Hostname, Domainname])
    if (Buffer.byteLength(name) > LONGEST_NAME)
      throw wrong(`invalid hostname: ${name}`, `the kernel keeps ${LONGEST_NAME} bytes of one (sethostname(2))`);
  if (Healthcheck) checkHealth(Healthcheck);
  checkHost(HostConfig);
  if (HostConfig.LogConfig) checkLog(HostConfig.LogConfig);
}

/** Nanoseconds; 0 is "as usual". */
function checkHealth({ Test = [], Retries = 0, ...times }: HealthConfig): void {
  const [kind] = Test;
  if (kind !== undefined && !['', 'NONE', 'CMD', 'CMD-SHELL'].includes(kind))
    throw wrong(`Unknown healthcheck type '${kind}' (expected 'CMD')`, '["CMD-SHELL", "curl -f localhost"]');
  if (Retries < 0) throw wrong('Retries in Healthcheck cannot be negative');
  for (const name of ['Interval', 'Timeout', 'StartPeriod'] as const) {
    const time = times[name] ?? 0;
    if (time !== 0 && time < MILLISECOND) throw wrong(`${name} in Healthcheck cannot be less than 1ms`);
  }
}

function checkHost({
  Runtime,
  Isolation,
  UsernsMode,
  OomScoreAdj = 0,
  ShmSize = 0,
  StorageOpt = {},
  DeviceRequests = [],
}: HostConfig): void {
  if (Runtime && Runtime !== 'drydock') throw wrong(`Unknown runtime specified ${Runtime}`, 'drydock, or none');
  if (Isolation && Isolation !== 'default')
    throw wrong(`Invalid isolation: "${Isolation}" - linux only supports 'default'`);
  if (UsernsMode && UsernsMode !== 'host') throw wrong(`invalid userns mode: ${UsernsMode}`, 'host, or none');
  if (OomScoreAdj < -1000 || OomScoreAdj > 1000)
    throw wrong(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  if (ShmSize < 0) throw wrong('SHM size can not be less than 0');
  const [option] = Object.keys(StorageOpt);
  if (option !== undefined)
    throw wrong(`--storage-opt ${option}: the layers of containers have no options of their own here`, 'leave it out');
  const [{ Driver = '', Capabilities = [] } = {}] = DeviceRequests;
  if (DeviceRequests.length > 0)
    throw wrong(
      `could not select device driver "${Driver}" with capabilities: [${Capabilities.map((all) => `[${all.join(' ')}]`).join(' ')}]`,
      '--device /dev/… gives a device of this machine',
    );
}

const wrong = (message: string, hint?: string): DrydockError => new DrydockError('BAD_USAGE', message, { hint });
