/** What `POST /build` says in its query, its headers and its body, as the builder and the engine take it. */
import * as v from 'valibot';
import type { BuildRequest } from '../builder/builder.ts';
import type { HostConfig } from '../engine/types.ts';
import { DrydockError } from '../errors.ts';
import { validate, type Complaint } from '../validation.ts';
import type { Call } from './call.ts';
import type { Query } from './query.ts';
import { remoteContext } from './remote-context.ts';

const complaint: Complaint = { code: 'API_INVALID', hint: 'the parameters are those of Docker’s API, version 1.41' };
const args = v.record(v.string(), v.nullable(v.string()));
const labels = v.record(v.string(), v.string());
const names = v.array(v.string());

function parameter<S extends v.GenericSchema>(query: Query, name: string, schema: S): v.InferOutput<S> | undefined {
  const value = query.json(name);
  if (value === undefined || value === null) return undefined;
  return validate(schema, value, `the parameter ${name}`, complaint);
}

export async function buildRequest(call: Call, tags: readonly string[]): Promise<BuildRequest> {
  const { query, bytes, gone: signal } = call;
  const remote = query.text('remote');
  const { context, dockerfile } = remote === undefined ? { context: bytes } : await remoteContext(remote, signal);
  return {
    ...{ context, tags, signal },
    dockerfile: dockerfile ?? query.text('dockerfile'),
    target: query.text('target'),
    args: parameter(query, 'buildargs', args),
    labels: parameter(query, 'labels', labels),
    platform: query.text('platform'),
    network: query.text('networkmode'),
    noCache: query.flag('nocache'),
    cacheFrom: parameter(query, 'cachefrom', names),
    pull: query.flag('pull'),
    squash: query.flag('squash'),
    secrets: secretsOf(call),
  };
}

/** Limits of the programs that are run. */
export function buildHost(query: Query): HostConfig {
  const ulimits = v.array(v.looseObject({ Name: v.string(), Soft: v.number(), Hard: v.number() }));
  return {
    Memory: query.number('memory'),
    MemorySwap: query.number('memswap'),
    CpuShares: query.number('cpushares'),
    CpuPeriod: query.number('cpuperiod'),
    CpuQuota: query.number('cpuquota'),
    CpusetCpus: query.text('cpusetcpus'),
    CpusetMems: query.text('cpusetmems'),
    CgroupParent: query.text('cgroupparent'),
    ShmSize: query.number('shmsize'),
    NetworkMode: query.text('networkmode'),
    ExtraHosts: query.list('extrahosts').flatMap((text) => text.split(',')),
    SecurityOpt: query.list('securityopt').filter((text) => text !== ''),
    Ulimits: parameter(query, 'ulimits', ulimits),
  };
}

/** Base64 of a JSON object with the bytes of each, in base64: a header of ours, because a query stands in logs. */
function secretsOf(call: Call): Record<string, Uint8Array> | undefined {
  const header = call.header('X-Drydock-Secrets');
  if (header === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header, 'base64').toString());
  } catch (cause) {
    throw new DrydockError('API_INVALID', 'X-Drydock-Secrets is not base64 of JSON', { cause });
  }
  const secrets = validate(labels, value, 'X-Drydock-Secrets', complaint);
  return Object.fromEntries(Object.entries(secrets).map(([id, text]) => [id, Buffer.from(text, 'base64')]));
}
