/**
 * Where volumes lie, and what is true of them after a crash.
 *
 *     volumes/<name>/volume.json   what it is; never changes
 *             <name>/_data         what containers see
 *             <name>/filling       exists while an image's files are being copied into _data
 *             .new-…  .gone-…      half made, half removed: taken away by the next `openShelf`
 *
 * A volume appears by the rename of a folder that is whole, and goes by a rename before anything in it goes. So whoever is
 * killed leaves a volume, or none. What containers have put into it is not trusted: it is removed through `Rooted`.
 *
 * A copy cannot be made whole by a rename, since another container may have the folder mounted by then. So it is marked:
 * a volume that is found with the mark has an unfinished copy in it, and gets it once more by the next container.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { syncFolder, writeDurably } from '../../content/durable.ts';
import { makeFolders } from '../../linux/make-folders.ts';
import { openRoot } from '../../linux/rooted.ts';
import { warn } from '../../runtime/warning.ts';
import { unmountAll } from '../../snapshots/mount.ts';
import { parseDocument, validate, type Complaint } from '../../validation.ts';

/** volume.json. */
export interface VolumeRecord {
  /** RFC 3339. */
  readonly created: string;
  /** Nobody has named it: it goes with the last container that it was made for, if that is removed with its volumes. */
  readonly anonymous?: boolean;
  /** The container that an anonymous one was made for. */
  readonly madeFor?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the driver: `type`, `device` and `o`, for mount(2). */
  readonly options?: Readonly<Record<string, string>>;
}

const texts = v.record(v.string(), v.string());
const schema = v.looseObject({
  created: v.string(),
  anonymous: v.optional(v.boolean()),
  madeFor: v.optional(v.string()),
  labels: v.optional(texts),
  options: v.optional(texts),
});

const complaint: Complaint = {
  code: 'STATE_BROKEN',
  hint: 'it was changed by hand or by a broken disk; what the volume holds lies beside it, in _data',
};

export class Shelf {
  constructor(readonly folder: string) {}

  place(name: string): string {
    return join(this.folder, name);
  }

  /** What containers see. */
  data(name: string): string {
    return join(this.place(name), '_data');
  }

  has(name: string): boolean {
    return existsSync(this.place(name));
  }

  names(): string[] {
    return readdirSync(this.folder).filter((name) => !name.startsWith('.'));
  }

  /** Throws STATE_BROKEN. */
  read(name: string): VolumeRecord {
    const path = join(this.place(name), 'volume.json');
    return validate(schema, parseDocument(readFileSync(path, 'utf8'), path, complaint), path, complaint);
  }

  /** The same for whoever only looks: of a record that cannot be read, why. */
  look(name: string): VolumeRecord & { readonly broken?: string } {
    try {
      return this.read(name);
    } catch (error) {
      return { created: statSync(this.place(name)).mtime.toISOString(), broken: (error as Error).message };
    }
  }

  /** False: somebody else has made one of this name. */
  async make(name: string, record: VolumeRecord): Promise<boolean> {
    const fresh = this.aside('new');
    mkdirSync(join(fresh, '_data'), { recursive: true, mode: 0o755 });
    await writeDurably(join(fresh, 'volume.json'), `${JSON.stringify(record, null, 1)}\n`);
    try {
      renameSync(fresh, this.place(name));
    } catch (error) {
      rmSync(fresh, { recursive: true });
      if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
    await syncFolder(this.folder);
    return true;
  }

  /** It is gone for everybody when this has resolved, and its files are. */
  async remove(name: string): Promise<void> {
    const gone = this.aside('gone');
    renameSync(this.place(name), gone);
    await syncFolder(this.folder);
    this.takeAway(gone);
  }

  /** Runs `body`, which copies into the volume; a crash in it is seen by `isHalfFilled`. */
  async filling<T>(name: string, body: () => Promise<T>): Promise<T> {
    const mark = this.mark(name);
    writeFileSync(mark, '');
    await syncFolder(this.place(name));
    const answer = await body();
    rmSync(mark);
    return answer;
  }

  isHalfFilled(name: string): boolean {
    return existsSync(this.mark(name));
  }

  /** What killed engines have left half made or half removed. */
  cleanUp(): void {
    for (const name of readdirSync(this.folder).filter((one) => one.startsWith('.')))
      try {
        this.takeAway(this.place(name));
      } catch (error) {
        warn(`what is left of a volume in ${this.place(name)} cannot be removed`, error as Error);
      }
  }

  private mark(name: string): string {
    return join(this.place(name), 'filling');
  }

  private aside(what: 'new' | 'gone'): string {
    return this.place(`.${what}-${randomBytes(6).toString('hex')}`);
  }

  private takeAway(path: string): void {
    // A mount that is still there shows what is somebody else's.
    unmountAll(join(path, '_data'));
    using tree = openRoot(this.folder);
    tree.remove(path.slice(this.folder.length + 1));
  }
}

export function openShelf(folder: string): Shelf {
  makeFolders(folder, 0o701);
  const shelf = new Shelf(folder);
  shelf.cleanUp();
  return shelf;
}
