/**
 * The JSON of an engine as values for templates. Docker's client reads it into types of Go: a field that was left out because it
 * is empty (`omitempty`) is there again, a map has nothing for a key that it lacks, and null is an empty list, an empty map or no
 * pointer. So `{{if .State.Health}}`, `{{.Config.Labels.stage}}` and `{{.Config.Entrypoint}}` ask without an error (moby,
 * api/types/container).
 */
import { JsonNumber, Nil, shaped, type Fields } from '../format/template/values.ts';

const [noList, noMap, noPointer] = [new Nil('list'), new Nil('map'), new Nil('pointer')];

/** By the name of the field that has them. */
const omitted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  State: { Health: noPointer },
  Config: {
    ...{ Healthcheck: noPointer, ArgsEscaped: false, NetworkDisabled: false, MacAddress: '' },
    ...{ StopSignal: '', StopTimeout: noPointer, Shell: noList, ExposedPorts: noMap, OnBuild: noList },
  },
  HostConfig: {
    ...{ StorageOpt: noMap, Tmpfs: noMap, Sysctls: noMap, Annotations: noMap, Mounts: noList, Init: noPointer },
  },
};

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

/** Maps whose keys are no texts for Go: `index` fails, and what is asked of JSON as it is succeeds. */
const byPort = new Set(['Ports', 'PortBindings', 'ExposedPorts']);

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

const [number, integer] = ['\0number:', '\0integer:'];
/** Strings are passed over, and numbers found. */
const strings = String.raw`"(?:[^"\\]|\\.)*"`;
const piece = new RegExp(`${strings}|-?\\d[\\d.eE+-]*`, 'g');

/** JSON, with what it may lack. */
export const parsed = (text: string): unknown =>
  JSON.parse(
    marked(text, integer, (digits) => /^-?\d{16,}$/.test(digits)),
    (key, value: unknown) => {
      if (value === null) return Object.hasOwn(maps, key) ? noMap : pointers.has(key) ? noPointer : noList;
      if (typeof value === 'string' && value.startsWith(integer)) return BigInt(value.slice(integer.length));
      return isMap(value) ? typed(key, value) : value;
    },
  );

/** JSON as it is when nobody knows its types: numbers are texts, and an absent key is an error. */
export const untyped = (text: string): unknown =>
  JSON.parse(
    marked(text, number, () => true),
    (_key, value: unknown) => {
      if (typeof value === 'string' && value.startsWith(number)) return new JsonNumber(value.slice(number.length));
      return isMap(value) || Array.isArray(value) ? shaped(value, { kind: 'strict' }) : value;
    },
  );

/** With a mark before numbers of which JSON.parse would lose something. */
const marked = (text: string, mark: string, isMeant: (digits: string) => boolean): string =>
  text.replace(piece, (found) => (found.startsWith('"') || !isMeant(found) ? found : JSON.stringify(mark + found)));

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) === Object.prototype;

function typed(key: string, value: Fields): Fields {
  if (Object.hasOwn(maps, key))
    return shaped(value, { kind: 'map', zero: maps[key], key: byPort.has(key) ? 'nat.Port' : undefined });
  if (key === 'LogConfig' && isMap(value.Config)) shaped(value.Config, { kind: 'map', zero: '' });
  return shaped(value, { kind: 'struct', names, lacks: Object.hasOwn(omitted, key) ? omitted[key] : undefined });
}
