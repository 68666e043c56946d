/** The text of a heredoc, or what came from an address, as a tree of one file. */
import type { Entry, Time } from '../layers/types.ts';
import { tarsum, type Files, type Found } from './files.ts';

export class OneFile implements Files {
  readonly what = 'the instruction';
  private readonly entry: Entry;
  private readonly path: string;

  constructor(
    name: string,
    private readonly bytes: Buffer,
    { mode, mtime }: { mode: number; mtime: Time },
  ) {
    this.path = `/${Buffer.from(name).toString('latin1')}`;
    this.entry = { type: 'file', path: Buffer.from(name), mode, uid: 0, gid: 0, size: bytes.length, mtime };
  }

  lstat(path: string): Found | undefined {
    return path === this.path ? { entry: this.entry, identity: 'one' } : undefined;
  }

  names(): readonly string[] {
    return [];
  }

  data(): Uint8Array {
    return this.bytes;
  }

  async digest(path: string): Promise<string> {
    return tarsum(this.entry, path).update(this.bytes).digest('hex');
  }

  /** For `layerOf`. */
  get item(): { files: Files; path: string; name: string; under: string } {
    return { files: this, path: this.path, name: this.path.slice(1), under: '' };
  }
}
