/**
 * What `--log-driver` and `--log-opt` may say. A container is refused with them when it is made; Docker looks at most of them
 * at the start, with the same words, and leaves a container that cannot begin (moby, daemon/logger: factory.go,
 * jsonfilelog/jsonfilelog.go, local/local.go).
 *
 *     json-file    as long as it gets, or max-size in each of max-file files
 *     local        Docker's has a format that only Docker reads, compressed, 20m in each of 5. Here it is the same file as
 *                  json-file's, which bounds the same
 *     none         nothing is kept
 *
 * `mode` and `max-buffer-size` are looked at and not needed: a program waits for nobody who reads its log.
 */
import { DrydockError } from '../errors.ts';
import { parseBool } from '../go-bool.ts';
import { checkLogAttributes } from './log-attributes.ts';
import type { LogConfig } from './types.ts';

export const logDrivers = ['json-file', 'local', 'none'] as const;

export interface LogBounds {
  /** Undefined: a log may grow without end. */
  readonly maxBytes: number | undefined;
  readonly maxFiles: number;
}

type Options = Readonly<Record<string, string>>;

const common = ['max-size', 'max-file', 'compress'];
const inEachLine = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];
const ofDelivery = ['mode', 'max-buffer-size'];
const MOST_FILES = 9999;

/** Throws BAD_USAGE in Docker's words, for what json-file and local cannot obey, and for other drivers. */
export function checkLog({ Type = '', Config = {} }: LogConfig): void {
  if (!['', ...logDrivers].includes(Type))
    throw wrong(
      `error looking up logging plugin ${Type}: plugin "${Type}" not found`,
      `there are ${logDrivers.join(', ')}`,
    );
  if (Type === 'none') return;
  checkDelivery(Config);
  const known = [...common, ...(Type === 'local' ? [] : inEachLine)];
  const unknown = Object.keys(Config).find((name) => ![...known, ...ofDelivery].includes(name));
  if (unknown !== undefined)
    throw wrong(
      Type === 'local'
        ? `unknown log opt '${unknown}' for log driver local`
        : `unknown log opt '${unknown}' for json-file log driver`,
      `there are ${[...known, ...ofDelivery].join(', ')}`,
    );
  logBounds({ Type, Config });
  checkLogAttributes({ Config });
}

function checkDelivery({ mode = '', 'max-buffer-size': size }: Options): void {
  if (!['', 'blocking', 'non-blocking'].includes(mode))
    throw wrong(`logger: logging mode not supported: ${mode}`, 'blocking or non-blocking');
  if (size === undefined) return;
  if (mode !== 'non-blocking') throw wrong(`logger: max-buffer-size option is only supported with 'mode=non-blocking'`);
  if (sizeOf(size) === undefined)
    throw wrong(`error parsing option max-buffer-size: invalid size: '${size}'`, 'a size like 500, 64k or 1.5m');
}

/** What a log may grow to. Throws BAD_USAGE. */
export function logBounds({ Type, Config = {} }: LogConfig): LogBounds {
  return Type === 'local' ? localBounds(Config) : jsonFileBounds(Config);
}

function jsonFileBounds({ 'max-size': size, 'max-file': files = '1', compress }: Options): LogBounds {
  const maxBytes = size === undefined ? undefined : sizeOf(size);
  if (size !== undefined && maxBytes === undefined)
    throw unable(`invalid size: '${size}'`, 'max-size is a size like 500, 64k or 1.5m');
  if (maxBytes === 0) throw unable('max-size must be a positive number', 'max-size is a size like 500, 64k or 1.5m');
  const maxFiles = countOf(files, '');
  if (maxFiles < 1) throw unable('max-file cannot be less than 1', `a number of files from 1 to ${MOST_FILES}`);
  const isCompressed = compress !== undefined && flagOf(compress, '');
  if (isCompressed && (maxFiles < 2 || maxBytes === undefined))
    throw unable(
      'compress cannot be true when max-file is less than 2 or max-size is not set',
      '--log-opt max-size=20m',
    );
  return { maxBytes, maxFiles };
}

function localBounds({ 'max-size': size = '20m', 'max-file': files = '5', compress = 'true' }: Options): LogBounds {
  const maxBytes = sizeOf(size);
  if (maxBytes === undefined)
    throw unable(
      `invalid value for max-size: ${size}: invalid size: '${size}'`,
      'max-size is a size like 500, 64k or 1.5m',
    );
  const maxFiles = countOf(files, `invalid value for max-file: ${files}: `);
  const isCompressed = flagOf(compress, 'error reading compress log option: ');
  if (maxFiles < 0) throw unable('max file count cannot be less than 0', `a number of files from 1 to ${MOST_FILES}`);
  if (isCompressed && maxFiles < 2)
    throw unable('compression cannot be enabled when max file count is 1', '--log-opt compress=false');
  return { maxBytes: maxBytes || undefined, maxFiles: Math.max(1, maxFiles) };
}

/** Bytes; undefined for what is no size (go-units, RAMInBytes). */
function sizeOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  return number === undefined
    ? undefined
    : Math.floor(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

function countOf(text: string, where: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw unable(`${where}strconv.Atoi: parsing "${text}": invalid syntax`, 'max-file is a number of files');
  const count = Number(text);
  if (count > MOST_FILES) throw unable(`max-file=${text}: a number of files from 1 to ${MOST_FILES}`);
  return count;
}

function flagOf(text: string, where: string): boolean {
  const value = parseBool(text);
  if (value !== undefined) return value;
  throw unable(`${where}strconv.ParseBool: parsing "${text}": invalid syntax`, 'compress is true or false');
}

const unable = (why: string, hint?: string): DrydockError => wrong(`failed to initialize logging driver: ${why}`, hint);

const wrong = (message: string, hint?: string): DrydockError => new DrydockError('BAD_USAGE', message, { hint });
