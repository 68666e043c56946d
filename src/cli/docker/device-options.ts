/** Devices, rates and limits in words: `/dev/fuse:/dev/fuse:rw`, `/dev/sda:1mb`, `nofile=1024:2048`. */
import { CommandFailure } from './failure.ts';
import { bytes } from './values.ts';

interface Device {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

export function devicesOf(words: readonly string[]): Device[] {
  return words.map((text) => {
    const [PathOnHost = '', second, third, ...more] = text.split(':');
    const isMode = second !== undefined && third === undefined && /^[rwm]{1,3}$/.test(second);
    const PathInContainer = isMode ? PathOnHost : (second ?? PathOnHost);
    const CgroupPermissions = (isMode ? second : third) ?? 'rwm';
    if (PathOnHost === '' || more.length > 0) throw wrong(`bad format for path: ${text}`);
    if (!PathInContainer.startsWith('/')) throw wrong(`${PathInContainer} is not an absolute path`);
    if (!/^[rwm]{1,3}$/.test(CgroupPermissions)) throw wrong(`bad mode specified: ${CgroupPermissions}`);
    return { PathOnHost, PathInContainer, CgroupPermissions };
  });
}

/** `c 1:3 rwm`. */
export function rulesOf(words: readonly string[]): string[] | null {
  for (const text of words)
    if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) throw wrong(`invalid device cgroup format '${text}'`);
  return words.length > 0 ? [...words] : null;
}

export function weights(words: readonly string[]): { Path: string; Weight: number }[] {
  return words.map((text) => {
    const [Path, rest] = deviceAnd(text);
    const Weight = Number(rest);
    if (Weight > 0 && (Weight < 10 || Weight > 1000)) throw wrong(`invalid weight for device: ${text}`);
    if (!/^\d+$/.test(rest)) throw wrong(`invalid weight for device: ${text}`);
    return { Path, Weight };
  });
}

/** Bytes or operations a second. */
export function rates(words: readonly string[], kind: 'bps' | 'iops'): { Path: string; Rate: number }[] {
  return words.map((text) => {
    const [Path, rest] = deviceAnd(text);
    if (kind === 'iops' && !/^\d+$/.test(rest))
      throw wrong(
        `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
      );
    return { Path, Rate: kind === 'iops' ? Number(rest) : rate(text, rest) };
  });
}

function rate(text: string, rest: string): number {
  try {
    return bytes(rest);
  } catch {
    throw wrong(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    );
  }
}

function deviceAnd(text: string): [path: string, rest: string] {
  const [path = '', rest = '', ...more] = text.split(':');
  if (rest === '' || more.length > 0) throw wrong(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw wrong(`bad format for device path: ${text}`);
  return [path, rest];
}

const types = [
  ...['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss'],
  ...['rtprio', 'rttime', 'sigpending', 'stack'],
];

export function ulimitsOf(words: readonly string[]): { Name: string; Soft: number; Hard: number }[] {
  return words.map((text) => {
    const [, Name = '', soft, hard = soft] = /^([^=]*)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
    if (soft === undefined) throw wrong(`invalid ulimit argument: ${text}`);
    if (!types.includes(Name)) throw wrong(`invalid ulimit type: ${Name}`);
    const [Soft, Hard] = [Number(soft), Number(hard)];
    if (Hard >= 0 && (Soft > Hard || Soft < 0))
      throw wrong(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
    return { Name, Soft, Hard };
  });
}

const wrong = (message: string): CommandFailure => new CommandFailure(message, 125);
