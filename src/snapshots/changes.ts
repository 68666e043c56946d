/**
 * What a snapshot has that its parent has not, and the other way round: `docker diff`, and what a snapshot costs where every
 * tree is whole.
 *
 * The parent's tree is always whole. Of the snapshot either the whole tree is there, and a name that is missing was deleted;
 * or only what differs, and what is missing is as it was, unless a mark says otherwise (whiteouts.ts). In that case only what
 * has changed is looked at, however large the tree is.
 *
 * A file is taken to be the same when type, mode, owner, device, size and time are. A folder in which something has changed
 * has changed, as in Docker's answer.
 */
import { native, type FileFacts } from '../linux/native.ts';
import { isDirectory } from '../linux/rooted.ts';
import type { Difference, Usage } from './snapshotter.ts';
import { attribute, inside, itself, Tally, within } from './tree.ts';
import { fromDisk, opaqueAttribute } from './whiteouts.ts';

export interface Change {
  readonly kind: 'added' | 'changed' | 'deleted';
  /** Below the root, `etc/motd`. */
  readonly path: Buffer;
}

/** A folder as the snapshot has it. */
interface Folder {
  readonly entries: Map<string, FileFacts>;
  /** Names that are gone though they are not missing here. */
  readonly hidden: Set<string>;
  /** What is missing here is gone. */
  readonly isWhole: boolean;
}

const keyOf = (name: Buffer): string => name.toString('latin1');
const nameOf = (key: string): Buffer => Buffer.from(key, 'latin1');

function readFolder(fd: number, { whiteouts }: Difference, isWhole: boolean): Folder {
  const folder = { entries: new Map<string, FileFacts>(), hidden: new Set<string>(), isWhole };
  for (const name of native.listAt(fd)) {
    const facts = native.statAt(fd, name);
    const meaning = fromDisk({ name, mode: facts.mode, rdev: facts.rdev }, whiteouts);
    if (meaning.is === 'whiteout') folder.hidden.add(keyOf(meaning.hides));
    else if (meaning.is === 'opaque') folder.isWhole = true;
    else if (meaning.is === 'entry') folder.entries.set(keyOf(name), facts);
  }
  return folder;
}

const isOpaque = (fd: number, { whiteouts, userxattr }: Difference): boolean =>
  whiteouts === 'overlay' && attribute(fd, opaqueAttribute(userxattr))?.toString() === 'y';

/** Facts that differ between two files; a folder's size and time follow from what is in it. */
function differ(one: FileFacts, other: FileFacts): boolean {
  if (one.mode !== other.mode || one.uid !== other.uid || one.gid !== other.gid || one.rdev !== other.rdev) return true;
  return !isDirectory(one.mode) && (one.size !== other.size || one.mtime !== other.mtime);
}

class Comparison {
  readonly changes: Change[] = [];
  readonly tally = new Tally();

  constructor(private readonly difference: Difference) {}

  /** Whether anything in the folder has changed. `lower` is absent where the parent has no such folder. */
  folder(upper: number, lower: number | undefined, path: Buffer, isWhole: boolean): boolean {
    const before = this.changes.length;
    const {
      entries,
      hidden,
      isWhole: whole,
    } = readFolder(upper, this.difference, isWhole || isOpaque(upper, this.difference));
    const below = new Map((lower === undefined ? [] : native.listAt(lower)).map((name) => [keyOf(name), name]));
    for (const key of [...new Set([...entries.keys(), ...below.keys()])].sort()) {
      const facts = entries.get(key);
      const there = below.has(key) ? native.statAt(lower!, nameOf(key)) : undefined;
      const full = path.length === 0 ? nameOf(key) : Buffer.concat([path, Buffer.from('/'), nameOf(key)]);
      if (facts) this.entry(upper, lower, key, full, facts, there, whole);
      else if (whole || hidden.has(key)) this.changes.push({ kind: 'deleted', path: full });
    }
    return this.changes.length > before;
  }

  private entry(
    upper: number,
    lower: number | undefined,
    key: string,
    path: Buffer,
    facts: FileFacts,
    there: FileFacts | undefined,
    isWhole: boolean,
  ): void {
    const at = this.changes.length;
    let hasChanged = !there || differ(facts, there);
    if (isDirectory(facts.mode)) {
      const alike = there !== undefined && isDirectory(there.mode);
      const compare = (below?: number): boolean =>
        inside(upper, nameOf(key), (fd) => this.folder(fd, below, path, isWhole || !alike));
      const inner = alike ? inside(lower!, nameOf(key), compare) : compare();
      hasChanged ||= inner;
    }
    if (!hasChanged) return;
    this.tally.add(facts);
    this.changes.splice(at, 0, { kind: there ? 'changed' : 'added', path });
  }
}

function compared(difference: Difference): Comparison {
  const comparison = new Comparison(difference);
  const isWhole = difference.whiteouts === 'remove';
  const compare = (lower?: number): unknown =>
    within(difference.upper, (upper) => {
      if (lower === undefined || differ(native.statAt(upper, itself), native.statAt(lower, itself)))
        comparison.tally.add(native.statAt(upper, itself));
      return comparison.folder(upper, lower, itself, isWhole);
    });
  if (difference.lower === undefined) compare();
  else within(difference.lower, compare);
  return comparison;
}

/** All changes, a folder before what is in it. Where `upper` has only what differs, `lower` must be the parent's whole tree. */
export function changesOf(difference: Difference): Change[] {
  return compared(difference).changes;
}

/** What a tree takes that its parent's has not. */
export function measureChanges(upper: string, lower: string | undefined): Usage {
  return compared({ upper, lower, whiteouts: 'remove', userxattr: false }).tally.usage;
}
