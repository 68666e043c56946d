/**
 * One entry of `mounts`, with all that the OCI spec implies made explicit, and what contradicts itself refused
 * (config.md, "Mounts").
 *
 * An option that would vanish silently is an error: the kernel takes no data for a bind, so a `rro` that nobody
 * understands would be a mount that can be written to.
 */
import { isAbsolute, posix, resolve } from 'node:path';
import { DrydockError, type ErrorCode } from '../errors.ts';
import { MS_BIND, MS_NOSYMFOLLOW, MS_REC, MS_REMOUNT, MS_SHARED, MS_SILENT } from '../linux/constants.ts';
import type { Features } from '../linux/features.ts';
import { nearest } from '../nearest.ts';
import { changes, optionWords, parseOptions, type ParsedOptions } from '../linux/mount-options.ts';
import { wanted } from './namespaces.ts';
import type { Mapping, Mount, Spec } from './spec.ts';

/** What is mounted over procfs by lxcfs and its like: numbers about the machine, nothing that anybody writes to. */
const harmless = /^\/proc\/(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo)$/;

export interface MountRequest {
  /** Its place in the document: `mounts.3`. */
  readonly place: string;
  readonly destination: string;
  readonly type: string | null;
  /** The source of a bind is absolute. */
  readonly source: string | null;
  readonly bind: boolean;
  readonly recursive: boolean;
  readonly options: ParsedOptions;
  /** Absent with an idmap: that of the container's user namespace. */
  readonly uids?: readonly Mapping[];
  readonly gids?: readonly Mapping[];
  /** May lie over a file of procfs. */
  readonly coversProc: boolean;
}

/** The entries of `mounts` in their order. `bundle` is where a relative source of a bind starts. */
export function mountRequests({ mounts = [] }: Spec, bundle: string): MountRequest[] {
  return mounts.map((mount, index) => requestOf(mount, index, bundle));
}

function requestOf(mount: Mount, index: number, bundle: string): MountRequest {
  const { destination, type = null, source = null, uidMappings: uids, gidMappings: gids } = mount;
  const options = parseOptions(mount.options);
  const bind = (options.verb & MS_BIND) !== 0 || (type === 'bind' && !(options.verb & MS_REMOUNT));
  if (uids?.length || gids?.length) options.idmap ??= 'top';
  return {
    place: `mounts.${index}`,
    destination,
    type,
    source: bind && source !== null && !isAbsolute(source) ? `${resolve(bundle)}/${source}` : source,
    bind: bind && !(options.verb & MS_REMOUNT),
    recursive: (options.verb & MS_REC) !== 0,
    options,
    uids,
    gids,
    coversProc: bind && harmless.test(destination),
  };
}

/**
 * A volume whose mounts are to appear on both sides: it is taken as a detached tree before the ties to the host are cut
 * (Linux 5.2). On older kernels it is shared among what the container itself makes of it.
 */
export function isTied({ bind, options }: MountRequest, { mountSetattr }: Features): boolean {
  return bind && mountSetattr && (options.propagation & MS_SHARED) !== 0;
}

/** The slot in which such a tree waits for its place. */
export function tiedSlot({ place }: MountRequest): string {
  return `tied-${place}`;
}

/** Throws SPEC_INVALID for what contradicts itself, UNSUPPORTED for what this kernel cannot do. */
export function checkMount(request: MountRequest, spec: Spec, features: Features): void {
  checkPlace(request);
  if (request.bind) checkBind(request);
  else checkFileSystem(request);
  if (request.options.idmap) checkIdmap(request, spec);
  checkKernel(request, features);
}

function refuse(request: MountRequest, what: string, hint: string, code: ErrorCode = 'SPEC_INVALID'): never {
  const { place, destination } = request;
  throw new DrydockError(code, `${place} (${destination}): ${what}`, { isolator: 'mounts', hint });
}

function checkPlace(request: MountRequest): void {
  const target = posix.normalize(request.destination);
  if (!(target === '/proc' || target.startsWith('/proc/'))) return;
  // That of the host, whole, is for containers in its PID namespace whose user namespace may mount none.
  const isHosts = request.bind && request.source === '/proc' && target === '/proc';
  if (request.type === 'proc' || isHosts || request.coversProc) return;
  refuse(
    request,
    'its destination lies inside /proc, where only procfs may be',
    'a file over procfs could answer in the kernel’s name; choose another destination',
  );
}

function checkBind(request: MountRequest): void {
  const { source, options } = request;
  if (source === null) refuse(request, 'a bind without a source', 'name the file or directory of the host to show');
  const [word] = options.rest;
  if (word !== undefined) refuseWord(request, word);
  const { set } = options.fileSystem;
  if ((set & ~MS_SILENT) !== 0)
    refuse(
      request,
      'sync, dirsync, mand, iversion and lazytime belong to a file system, and a bind shows one that is mounted already',
      'leave the option out, or mount the source with it on the host',
    );
}

function refuseWord(request: MountRequest, word: string): never {
  const guess = nearest(word, optionWords);
  const hint = guess ? `did you mean '${guess}'?` : 'a bind takes no data: its file system is mounted already';
  refuse(request, `'${word}' is no option of a bind`, hint);
}

function checkFileSystem(request: MountRequest): void {
  const { type, options } = request;
  if (type === null && !(options.verb & MS_REMOUNT))
    refuse(request, 'neither a type nor a bind', "name the file system in 'type', or add 'bind' or 'rbind' to options");
  if (options.idmap)
    refuse(request, 'only a bind can have its owners translated', 'leave out idmap and the mappings, or bind a source');
  if (options.rest.includes('tmpcopyup') && type !== 'tmpfs')
    refuse(request, 'tmpcopyup fills a tmpfs with what it covers', "let 'type' be tmpfs, or leave tmpcopyup out");
}

function checkIdmap(request: MountRequest, spec: Spec): void {
  const [uids, gids] = [request.uids?.length, request.gids?.length];
  if (!uids !== !gids)
    refuse(
      request,
      `${uids ? 'uidMappings without gidMappings' : 'gidMappings without uidMappings'}`,
      'give both, or neither to use the mappings of the container’s user namespace',
    );
  if (!uids && wanted(spec, 'user').length === 0)
    refuse(
      request,
      'idmap without mappings, in a container without a user namespace',
      'give the mount uidMappings and gidMappings, or add a user namespace to linux.namespaces',
    );
}

function checkKernel(request: MountRequest, features: Features): void {
  const { idmap, recursive, mount } = request.options;
  const wishes = [
    idmap && 'idmap',
    changes(recursive) && 'options for a whole tree (rro, rnosuid, …)',
    (mount.set & MS_NOSYMFOLLOW) !== 0 && 'nosymfollow',
  ].filter(Boolean);
  if (wishes.length === 0 || features.mountSetattr) return;
  const hint = 'leave it out, or use a kernel with mount_setattr(2)';
  refuse(request, `${wishes.join(' and ')}: needs Linux 5.12`, hint, 'UNSUPPORTED');
}
