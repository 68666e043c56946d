/**
 * Folders that something new is put into: those that are there keep what they are, those that are missing are made.
 */
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { Time } from '../layers/types.ts';
import type { WrittenEntry } from '../layers/tar/write.ts';
import { follow, nameOf } from './files.ts';
import type { Tree } from './tree.ts';

export interface Making {
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly now: Time;
}

/** The folders on the way to where something is copied, each told once. */
export class Way {
  /** Told, or to be told. */
  readonly known = new Set<string>(['/']);
  private ahead: WrittenEntry[] = [];

  constructor(
    private readonly tree: Tree,
    private readonly making: Making,
  ) {}

  isFolder(path: string): boolean {
    return this.tree.lstat(follow(this.tree, path))?.entry.type === 'directory';
  }

  /** The path without links; its folders will be there. */
  to(path: string): string {
    const real = follow(this.tree, path);
    let at = '/';
    for (const name of real.split('/').filter((one) => one !== '')) {
      at = posix.join(at, name);
      if (this.known.has(at)) continue;
      this.known.add(at);
      this.ahead.push(this.entry(at));
    }
    return real;
  }

  made(): WrittenEntry[] {
    return this.ahead.splice(0);
  }

  private entry(path: string): WrittenEntry {
    const there = this.tree.lstat(path)?.entry;
    const name = nameOf(`${path.slice(1)}/`);
    if (there?.type === 'directory') return { ...there, path: name };
    if (there)
      throw new DrydockError('INSTRUCTION_FAILED', `${path} is no folder in the image`, {
        hint: 'copy to another place, or remove what is there first',
      });
    refuseWhiteout(path);
    const { owner = { uid: 0, gid: 0 }, now } = this.making;
    return { type: 'directory', path: name, mode: 0o755, ...owner, size: 0, mtime: now };
  }
}

/** In a layer a file of such a name says that another one is gone. */
export function refuseWhiteout(place: string): void {
  const name = posix.basename(place);
  if (!name.startsWith('.wh.')) return;
  const message = `${JSON.stringify(nameOf(name).toString())}: a layer cannot have files of such names`;
  throw new DrydockError('INSTRUCTION_FAILED', message, {
    hint: 'names that begin with .wh. say that something is gone; rename it, or leave it out with .dockerignore',
  });
}
