/**
 * What was asked for with `-v` and `--mount`, in one form, and refused where it contradicts itself.
 *
 *     -v /folder:/place:ro    ─┐
 *     -v name:/place:nocopy    ├──▶ Wish ──▶ resolve.ts
 *     --mount type=tmpfs,…    ─┘
 *
 * Nothing is made here, and nothing is looked at but whether the source of a `--mount type=bind` exists. The sentences are
 * Docker's (volume/mounts/linux_parser.go).
 */
import { existsSync } from 'node:fs';
import { isAbsolute, posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { features } from '../../linux/features.ts';
import type { HostConfig, MountRequest } from '../types.ts';
import { isPropagation, parseMode } from './modes.ts';

export interface Wish {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** An absolute path, a volume's name, or nothing: an anonymous volume, a tmpfs. */
  readonly source: string;
  readonly destination: string;
  /** As inspect shows it. */
  readonly mode: string;
  readonly isWritable: boolean;
  readonly propagation?: string;
  readonly noCopy: boolean;
  readonly labels?: Record<string, string>;
  readonly driver?: string;
  readonly options?: Record<string, string>;
}

/** Of Binds and Mounts, in their order. Throws API_INVALID. */
export function wishesOf({ Binds = [], Mounts = [], Tmpfs = {}, VolumeDriver }: HostConfig): Wish[] {
  const wishes = [...Binds.map((text) => bindWish(text, VolumeDriver)), ...Mounts.map(mountWish)];
  Object.values(Tmpfs).forEach(checkTmpfs);
  const places = [...wishes.map(({ destination }) => destination), ...Object.keys(Tmpfs).map(tmpfsPlace)];
  const twice = places.find((place, index) => places.indexOf(place) < index);
  if (twice !== undefined)
    throw invalid(`Duplicate mount point: ${twice}`, 'one of -v, --mount and --tmpfs can have a place');
  return wishes;
}

/** Where a `--tmpfs` goes. Throws API_INVALID. */
export function tmpfsPlace(path: string): string {
  if (isAbsolute(path)) return clean(path);
  throw invalid(`invalid mount path: '${path}' mount path must be absolute`, 'a place begins with /');
}

/** Those of tmpfs(5) that kernels of today have, and those of mount(8) that are of all file systems. */
const tmpfsOptions =
  'size mode uid gid nr_inodes nr_blocks mpol huge inode32 inode64 noswap defaults ro rw suid nosuid dev nodev exec noexec ' +
  'sync async dirsync mand nomand lazytime nolazytime nosymfollow atime noatime diratime nodiratime relatime norelatime ' +
  'strictatime nostrictatime ' +
  'private rprivate shared rshared slave rslave unbindable runbindable';

function checkTmpfs(text: string): void {
  const allowed = tmpfsOptions.split(' ');
  for (const option of text.split(',').filter(Boolean)) {
    const [name = '', ...value] = option.split('=');
    if (!allowed.includes(name))
      throw invalid(
        `invalid tmpfs option [${[name, ...value].map((part) => `"${part}"`).join(' ')}]`,
        `there are ${allowed.slice(0, 7).join(', ')}, and those of mount(8)`,
      );
  }
}

/** `SOURCE:PLACE[:MODE]`, or `PLACE` alone. */
function bindWish(text: string, driver?: string): Wish {
  const parts = text.split(':');
  const [source, destination, modeText = ''] = parts.length === 1 ? ['', ...parts] : parts;
  if (parts.length > 3 || !destination || (parts.length > 1 && !source)) throw specification(text);
  const mode = parseMode(modeText);
  if (!mode)
    throw invalid(`invalid mode: ${modeText}`, 'ro or rw, a propagation such as rslave, nocopy, z; one of each kind');
  const type = isAbsolute(source!) ? 'bind' : 'volume';
  const complaint =
    complaintOfPlace(destination) ??
    (type === 'bind' && mode.noCopy ? 'field VolumeOptions must not be specified' : undefined) ??
    (type === 'volume' && mode.propagation ? 'field BindOptions must not be specified' : undefined);
  if (complaint) throw specification(text, `invalid mount config for type "${type}": ${complaint}`);
  return {
    type,
    source: type === 'bind' ? clean(source!) : source!,
    destination: clean(destination),
    // Docker shows `z` for a volume of which nothing was said.
    mode: modeText || (type === 'volume' ? 'z' : ''),
    ...mode,
    driver,
  };
}

function mountWish(request: MountRequest): Wish {
  const { Type, Source = '', Target, ReadOnly = false, BindOptions, VolumeOptions } = request;
  const complaint = complaintOfMount(request);
  if (complaint)
    throw invalid(`invalid mount config for type "${Type}": ${complaint}`, `--mount type=${Type},target=/place,…`);
  return {
    type: Type as Wish['type'],
    source: Type === 'bind' ? clean(Source) : Source,
    destination: clean(Target),
    mode: Type === 'volume' ? 'z' : '',
    isWritable: !ReadOnly,
    propagation: BindOptions?.Propagation || undefined,
    noCopy: VolumeOptions?.NoCopy ?? false,
    labels: VolumeOptions?.Labels,
    driver: VolumeOptions?.DriverConfig?.Name,
    options: VolumeOptions?.DriverConfig?.Options,
  };
}

function complaintOfMount({ Type, Source, Target, ...options }: MountRequest): string | undefined {
  if (!['bind', 'volume', 'tmpfs'].includes(Type)) return 'mount type unknown';
  if (!Target) return 'field Target must not be empty';
  const foreign = (['bind', 'volume', 'tmpfs'] as const)
    .filter((type) => type !== Type)
    .map((type) => optionsOf[type])
    .find((field) => options[field] !== undefined);
  return (
    complaintOfPlace(Target) ??
    (foreign && `field ${foreign} must not be specified`) ??
    (Type === 'bind' ? complaintOfBind(Source, options) : undefined) ??
    (Type === 'volume' && !Source && options.ReadOnly
      ? 'must not set ReadOnly mode when using anonymous volumes'
      : undefined) ??
    (options.VolumeOptions?.Subpath
      ? 'field VolumeOptions.Subpath needs API 1.45: a volume is mounted whole'
      : undefined) ??
    (Type === 'tmpfs' && Source ? 'field Source must not be specified' : undefined)
  );
}

const optionsOf = { bind: 'BindOptions', volume: 'VolumeOptions', tmpfs: 'TmpfsOptions' } as const;

function complaintOfBind(
  source: string | undefined,
  { ReadOnly, BindOptions = {} }: Pick<MountRequest, 'ReadOnly' | 'BindOptions'>,
): string | undefined {
  if (!source) return 'field Source must not be empty';
  if (!isAbsolute(source)) return `invalid mount path: '${source}' mount path must be absolute`;
  const { Propagation, CreateMountpoint, ReadOnlyNonRecursive, ReadOnlyForceRecursive } = BindOptions;
  if ((ReadOnlyNonRecursive || ReadOnlyForceRecursive) && !ReadOnly) return 'mount must be set readonly';
  if (ReadOnlyNonRecursive && ReadOnlyForceRecursive)
    return 'field ReadOnlyNonRecursive and field ReadOnlyForceRecursive must not be specified together';
  if (ReadOnlyForceRecursive && !features().mountSetattr)
    return 'ReadOnlyForceRecursive needs mount_setattr(2), which this kernel lacks (Linux 5.12)';
  if (Propagation && !isPropagation(Propagation)) return `invalid propagation mode: ${Propagation}`;
  if (!CreateMountpoint && !existsSync(source)) return `bind source path does not exist: ${source}`;
  return undefined;
}

function complaintOfPlace(place: string): string | undefined {
  if (!isAbsolute(place)) return `invalid mount path: '${place}' mount path must be absolute`;
  return clean(place) === '/' ? "invalid specification: destination can't be '/'" : undefined;
}

/** Without dots and a slash at the end. */
export function clean(path: string): string {
  return posix.resolve('/', path);
}

function specification(text: string, why?: string): DrydockError {
  const sentence = [`invalid volume specification: '${text}'`, why].filter(Boolean).join(': ');
  return invalid(sentence, '-v /folder:/place, -v name:/place or -v /place, and perhaps :ro behind it');
}

function invalid(message: string, hint: string): DrydockError {
  return new DrydockError('API_INVALID', message, { hint });
}
