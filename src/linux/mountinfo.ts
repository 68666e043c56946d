/**
 * /proc/PID/mountinfo: the mounts that a process sees, one a line, in the order in which they were made.
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw,errors=continue
 *     id parent dev root mountPoint options tags… - type source superOptions
 *
 * The number of tags varies, so the part after ` - ` is found by the hyphen. Space, tab, newline, backslash and (in
 * the source) # are written as three octal digits; names are bytes, and are read as latin1 until they are decoded.
 * procfs(5), mount_namespaces(7).
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';

export interface Mount {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** What part of the file system is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  /** Of this mount: `rw`, `nosuid`, … */
  readonly options: readonly string[];
  /** Propagation: `shared: 5`, `master: 2`, `propagate_from: 1`, `unbindable: true`. */
  readonly tags: Readonly<Record<string, number | true>>;
  readonly type: string;
  readonly source: string;
  /** Of the file system, shared by all its mounts. As one text, since an option may hold an escaped comma. */
  readonly superOptions: string;
}

/** Neither an escape nor a byte beyond ASCII: nearly every field of nearly every machine. */
const PLAIN = /^[ -[\]-~]*$/;

/** Undoes the octal escapes; bytes that are no UTF-8 become U+FFFD. */
export function unescapeMountField(field: string): string {
  if (PLAIN.test(field)) return field;
  const bytes = field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8) & 0xff));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function tagOf(tag: string): [string, number | true] {
  const colon = tag.indexOf(':');
  return colon < 0 ? [tag, true] : [tag.slice(0, colon), Number(tag.slice(colon + 1))];
}

function parseLine(line: string): Mount {
  const fields = line.split(' ');
  const hyphen = fields.indexOf('-', 6);
  const [id, parent, device, root, mountPoint, options] = fields;
  // A file system may have an empty source; then two blanks follow each other, and the field is ''.
  const [type, source, superOptions] = fields.slice(hyphen + 1);
  if (hyphen < 0 || type === undefined || source === undefined || mountPoint === undefined) {
    throw new TypeError(`no line of mountinfo: ${line}`);
  }
  return {
    id: Number(id),
    parent: Number(parent),
    device: device ?? '',
    root: unescapeMountField(root ?? ''),
    mountPoint: unescapeMountField(mountPoint),
    options: (options ?? '').split(','),
    tags: Object.fromEntries(fields.slice(6, hyphen).map(tagOf)),
    type: unescapeMountField(type),
    source: unescapeMountField(source),
    superOptions: unescapeMountField(superOptions ?? ''),
  };
}

/** Parses the whole file. Throws TypeError for a line that is none. */
export function parseMountinfo(text: string | Buffer): Mount[] {
  const latin1 = typeof text === 'string' ? Buffer.from(text).toString('latin1') : text.toString('latin1');
  return latin1
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** The mounts that a process sees. Throws like readFileSync when it has ended. */
export function readMountinfo(pid: number | 'self' = 'self'): Mount[] {
  return parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`));
}

/** The mount at exactly this path: the topmost, when several lie on each other. */
export function mountAt(path: string, mounts: readonly Mount[] = readMountinfo()): Mount | undefined {
  return mounts.filter((mount) => mount.mountPoint === path).at(-1);
}

/** Whether something is mounted at this path, which may lead there by links. False when it is not there. */
export const isMountPoint = (path: string): boolean => existsSync(path) && mountAt(realpathSync(path)) !== undefined;

/** The mount on which an absolute path without links lies. */
export function mountContaining(path: string, mounts: readonly Mount[] = readMountinfo()): Mount | undefined {
  const above = mounts.filter(
    ({ mountPoint }) => mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`),
  );
  const deepest = Math.max(...above.map(({ mountPoint }) => mountPoint.length));
  return above.filter(({ mountPoint }) => mountPoint.length === deepest).at(-1);
}
