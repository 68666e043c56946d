/**
 * The JSON of an engine as values for templates. Docker's client reads it into types of Go: a field that was left out because it
 * is empty (`omitempty`) is there again, a map has nothing for a key that it lacks, and null is an empty list, an empty map or no
 * pointer. So `{{if .State.Health}}`, `{{.Config.Labels.stage}}` and `{{.Config.Entrypoint}}` ask without an error (moby,
 * api/types/container).
 */
import { JsonNumber, Nil, shaped, type Fields, type Shape } from '../format/template/values.ts';
import { marked, markedNumber } from './marked-numbers.ts';

const [noList, noPointer] = [new Nil('list'), new Nil('pointer')];

/** Maps by their names, and what `index` has for a key that one lacks. */
const maps: Readonly<Record<string, unknown>> = {
  ...{
    Labels: '',
    Options: '',
    Sysctls: '',
    Annotations: '',
    DriverOpts: '',
    Tmpfs: '',
    StorageOpt: '',
    Attributes: '',
  },
  ...{
    Networks: noPointer,
    Ports: noList,
    PortBindings: noList,
    ExposedPorts: null,
    Containers: shaped({}, { kind: 'struct' }),
  },
  ...{ Volumes: shaped({}, { kind: 'struct' }), Status: null, Data: '', GenericResources: null, Runtimes: null },
};

/** Maps whose keys are no texts for Go: to ask for one fails, and what is asked of JSON as it is succeeds. */
const byPort = new Set(['Ports', 'PortBindings', 'ExposedPorts']);

const mapOf = (name: string): Shape => ({
  kind: 'map',
  zero: maps[name],
  key: byPort.has(name) ? 'nat.Port' : undefined,
});
const noMap = (name: string): Nil => shaped(new Nil('map'), mapOf(name));

/** By the name of the field that has them. */
const omitted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  State: { Health: noPointer },
  Config: {
    ...{ Healthcheck: noPointer, ArgsEscaped: false, NetworkDisabled: false, MacAddress: '' },
    ...{ StopSignal: '', StopTimeout: noPointer, Shell: noList, ExposedPorts: noMap('ExposedPorts'), OnBuild: noList },
  },
  HostConfig: {
    ...{
      StorageOpt: noMap('StorageOpt'),
      Tmpfs: noMap('Tmpfs'),
      Sysctls: noMap('Sysctls'),
      Annotations: noMap('Annotations'),
      Mounts: noList,
      Init: noPointer,
    },
  },
};

/** Fields whose names in JSON are not those of Go. */
const names = {
  ...{ ID: 'Id', HostIP: 'HostIp', DNS: 'Dns', DNSOptions: 'DnsOptions', DNSSearch: 'DnsSearch' },
  ...{ NanoCPUs: 'NanoCpus', CPUShares: 'CpuShares', CPUPeriod: 'CpuPeriod', CPUQuota: 'CpuQuota' },
  ...{ CPURealtimePeriod: 'CpuRealtimePeriod', CPURealtimeRuntime: 'CpuRealtimeRuntime' },
  ...{ CPUCount: 'CpuCount', CPUPercent: 'CpuPercent' },
};

/** What null stands for, if not for an empty list. */
const pointers = new Set([
  ...['Healthcheck', 'Health', 'IPAMConfig', 'Init', 'PidsLimit', 'OomKillDisable', 'MemorySwappiness', 'StopTimeout'],
  ...['UsageData', 'RootFS', 'HostConfig', 'Config', 'NetworkSettings', 'State', 'ClusterVolume'],
]);

/** JSON, with what it may lack. */
export const parsed = (text: string): unknown =>
  JSON.parse(
    marked(text, (digits) => /^-?\d{16,}$/.test(digits)),
    (key, value: unknown) => {
      if (value === null) return Object.hasOwn(maps, key) ? noMap(key) : pointers.has(key) ? noPointer : noList;
      const digits = markedNumber(value);
      if (digits !== undefined) return BigInt(digits);
      return isMap(value) ? typed(key, value) : value;
    },
  );

/** JSON as it is when nobody knows its types: numbers are texts, and an absent key is an error. */
export const untyped = (text: string): unknown =>
  JSON.parse(
    marked(text, () => true),
    (_key, value: unknown) => {
      const digits = markedNumber(value);
      if (digits !== undefined) return new JsonNumber(digits);
      return isMap(value) || Array.isArray(value) ? shaped(value, { kind: 'strict' }) : value;
    },
  );

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype;

function typed(key: string, value: Fields): Fields {
  if (Object.hasOwn(maps, key)) return shaped(value, mapOf(key));
  if (key === 'LogConfig' && isMap(value.Config)) shaped(value.Config, { kind: 'map', zero: '' });
  return shaped(value, { kind: 'struct', names, lacks: Object.hasOwn(omitted, key) ? omitted[key] : undefined });
}
