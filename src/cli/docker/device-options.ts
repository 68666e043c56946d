/** Devices, rates and limits in words: `/dev/fuse:/dev/fuse:rw`, `/dev/sda:1mb`, `nofile=1024:2048`. Each throws an Error. */
import { bytes } from './values.ts';

export interface Device {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

export function deviceOf(text: string): Device {
  const [PathOnHost = '', second, third, ...more] = text.split(':');
  const isMode = second !== undefined && third === undefined && /^[rwm]{1,3}$/.test(second);
  const PathInContainer = isMode ? PathOnHost : (second ?? PathOnHost);
  const CgroupPermissions = (isMode ? second : third) ?? 'rwm';
  if (PathOnHost === '' || more.length > 0) throw new Error(`bad format for path: ${text}`);
  if (!PathInContainer.startsWith('/')) throw new Error(`${PathInContainer} is not an absolute path`);
  if (!/^[rwm]{1,3}$/.test(CgroupPermissions)) throw new Error(`bad mode specified: ${CgroupPermissions}`);
  return { PathOnHost, PathInContainer, CgroupPermissions };
}

/** `c 1:3 rwm`. */
export function checkRule(text: string): void {
  if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) throw new Error(`invalid device cgroup format '${text}'`);
}

export function weightOf(text: string): { Path: string; Weight: number } {
  const [Path, rest] = deviceAnd(text);
  const Weight = Number(rest);
  if (!/^\d+$/.test(rest) || (Weight > 0 && (Weight < 10 || Weight > 1000)))
    throw new Error(`invalid weight for device: ${text}`);
  return { Path, Weight };
}

/** Bytes a second. */
export function byteRate(text: string): { Path: string; Rate: number } {
  const [Path, rest] = deviceAnd(text);
  try {
    return { Path, Rate: bytes(rest) };
  } catch (cause) {
    const form =
      '<device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb';
    throw new Error(`invalid rate for device: ${text}. The correct format is ${form}`, { cause });
  }
}

/** Operations a second. */
export function operationRate(text: string): { Path: string; Rate: number } {
  const [Path, rest] = deviceAnd(text);
  if (/^\d+$/.test(rest)) return { Path, Rate: Number(rest) };
  const form = '<device-path>:<number>. Number must be a positive integer';
  throw new Error(`invalid rate for device: ${text}. The correct format is ${form}`);
}

function deviceAnd(text: string): [path: string, rest: string] {
  const [path = '', rest = '', ...more] = text.split(':');
  if (rest === '' || more.length > 0) throw new Error(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`);
  return [path, rest];
}

const types = [
  ...['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss'],
  ...['rtprio', 'rttime', 'sigpending', 'stack'],
];

export function ulimitOf(text: string): { Name: string; Soft: number; Hard: number } {
  const [, Name = '', soft, hard = soft] = /^([^=]*)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (soft === undefined) throw new Error(`invalid ulimit argument: ${text}`);
  if (!types.includes(Name)) throw new Error(`invalid ulimit type: ${Name}`);
  const [Soft, Hard] = [Number(soft), Number(hard)];
  if (Hard >= 0 && (Soft > Hard || Soft < 0))
    throw new Error(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  return { Name, Soft, Hard };
}
