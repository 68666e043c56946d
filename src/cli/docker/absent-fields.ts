/**
 * What a template may ask for although the JSON of an engine lacks it. Docker's client reads that into types of Go: a field that
 * was left out because it is empty (`omitempty`) is there again, and a map has nothing for a key that it lacks. So
 * `{{if .State.Health}}` and `{{.Config.Labels.stage}}` ask without an error (moby, api/types/container).
 */
import { mayLack } from '../format/template.ts';

/** By the name of the field that has them. */
const omitted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  State: { Health: null },
  Config: {
    ...{ Healthcheck: null, ArgsEscaped: false, NetworkDisabled: false, MacAddress: '' },
    ...{ StopSignal: '', StopTimeout: null, Shell: [], ExposedPorts: {}, OnBuild: [] },
  },
  HostConfig: { StorageOpt: {}, Tmpfs: {}, Sysctls: {}, Annotations: {}, Mounts: [], Init: null },
};
const maps = new Set(['Labels', 'Networks', 'Ports', 'Options', 'Containers', 'Sysctls', 'Annotations', 'DriverOpts']);

/** JSON, with what it may lack. */
export const parsed = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const absent = maps.has(key) ? 'any' : Object.hasOwn(omitted, key) ? omitted[key] : undefined;
    return absent ? Object.defineProperty(value, mayLack, { value: absent }) : value;
  });
