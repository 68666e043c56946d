/**
 * The context of a build: an archive that somebody sends, kept as it is, with an index of what is where in it.
 *
 *     bytes ──▶ decompressed ──▶ context file, which has no name any more
 *                          ╰───▶ parser ──▶ index: path ──▶ entry, digest, where its bytes lie
 *
 * It is not unpacked. What COPY takes goes from the file into a layer in large pieces, in the order in which it came, so
 * a context of 20,000 files costs one file here; and since nothing of it becomes a path of the host, there is nothing that a
 * link, a `..` or a device in it could lead to. Only a program that wants to see it (`RUN --mount=type=bind`) has it unpacked.
 *
 * The file is unlinked as soon as it is open: whatever happens to us, it goes.
 */
import type { Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { mkdtemp, open, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import { decompressedAny } from '../layers/by-program.ts';
import { gathered } from '../layers/gathered.ts';
import { checkSize, defaultLimits } from '../layers/limits.ts';
import { TarParser, type TarEvents } from '../layers/tar/parser.ts';
import type { Entry } from '../layers/types.ts';
import { turns } from '../turns.ts';
import { follow, nameOf, tarsum, type Files, type Found } from './files.ts';

interface Node {
  entry: Entry;
  /** Where its bytes begin in the file, and how many there are. */
  from: number;
  length: number;
  digest?: Hash | string;
  readonly children: Map<string, Node>;
  sorted?: string[];
  identity: string;
}

const pieceSize = 1024 * 1024;

export class Context implements Files, AsyncDisposable {
  readonly what = 'the context';
  readonly hint = 'names are those of the context; .dockerignore may leave it out';
  private isIgnored: (path: string) => boolean = () => false;
  /** Who is who on the client's machine means nothing in an image. */
  readonly owner = { uid: 0, gid: 0 };
  private readonly piece = Buffer.allocUnsafe(pieceSize);
  /** What `piece` holds of the file: from here, so many bytes. */
  private at = 0;
  private held = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly root: Node,
    /** Bytes of the archive. */
    readonly size: number,
  ) {}

  /** Takes a context in. Throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, and what the source throws. */
  static async receive(source: AsyncIterable<Uint8Array>, folder: string, signal: AbortSignal): Promise<Context> {
    const file = await nameless(folder);
    try {
      const index = new Index();
      const parser = new TarParser(index);
      const sent = new Counted(source);
      for await (const piece of gathered(decompressedAny(sent))) {
        signal.throwIfAborted();
        checkSize(defaultLimits, index.size + piece.length, sent.bytes);
        const written = file.write(piece, 0, piece.length, index.size);
        written.catch(() => undefined); // heard below, unless the archive is wrong before that
        parser.push(piece);
        index.size += piece.length;
        await written;
      }
      parser.finish();
      return new Context(file, index.root, index.size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
  }

  /** For whoever unpacks all of it: the archive by a path that only this process has. */
  get path(): string {
    return `/proc/self/fd/${this.file.fd}`;
  }

  lstat(path: string): Found | undefined {
    const node = this.node(path);
    return node && { entry: node.entry, identity: node.identity };
  }

  /** Also of what a client has left out itself, and has not sent. */
  isLeftOut(path: string): boolean {
    return this.isIgnored(relative(path));
  }

  names(path: string): readonly string[] {
    const node = this.node(path);
    return node ? (node.sorted ??= [...node.children.keys()].sort()) : [];
  }

  data(path: string): AsyncIterable<Uint8Array> | Uint8Array {
    const { from, length } = this.node(path)!;
    if (length > pieceSize) return this.pieces(from, length);
    if (from < this.at || from + length > this.at + this.held) this.fill(from);
    // A copy: the next one may overwrite the piece before this one is written.
    return Buffer.from(this.piece.subarray(from - this.at, from - this.at + length));
  }

  async digest(path: string): Promise<string> {
    const node = this.node(path)!;
    node.digest ??= tarsum(node.entry, path);
    if (typeof node.digest !== 'string') node.digest = node.digest.digest('hex');
    return node.digest;
  }

  /**
   * Takes out what the person does not want to be in it (`.dockerignore`). Each path is held against each rule, and strangers
   * may have written both: others have their turn in between.
   */
  async leaveOut(isIgnored: (path: string) => boolean, signal: AbortSignal): Promise<void> {
    this.isIgnored = isIgnored;
    const turn = turns(signal);
    for (const { above, name, node, path } of fromBelow(this.root, '')) {
      await turn();
      node.sorted = undefined;
      // A folder that is left out stays for what is in it and is not.
      if (node.children.size === 0 && isIgnored(relative(path))) above.children.delete(name);
    }
    this.root.sorted = undefined;
  }

  /** All of a small file. */
  async read(path: string, limit: number): Promise<Buffer | undefined> {
    const real = follow(this, path);
    const node = this.node(real);
    if (node?.entry.type !== 'file') return undefined;
    if (node.length > limit)
      throw new DrydockError('ARCHIVE_TOO_LARGE', `${path} has ${node.length} bytes`, { hint: `at most ${limit}` });
    const bytes = Buffer.alloc(node.length);
    await this.file.read(bytes, 0, node.length, node.from);
    return bytes;
  }

  private node(path: string): Node | undefined {
    return find(this.root, path);
  }

  private fill(from: number): void {
    this.at = from;
    this.held = readSync(this.file.fd, this.piece, 0, pieceSize, from);
  }

  private async *pieces(from: number, length: number): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < length;) {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, length - done));
      const { bytesRead } = await this.file.read(piece, 0, piece.length, from + done);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      done += bytesRead;
    }
  }
}

/** As `.dockerignore` calls it. */
const relative = (path: string): string => nameOf(path.replace(/^\//, '')).toString();

class Counted implements AsyncIterable<Uint8Array> {
  bytes = 0;

  constructor(private readonly source: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.source) {
      this.bytes += piece.length;
      yield piece;
    }
  }
}

/** Open, and already without a name. */
async function nameless(folder: string): Promise<FileHandle> {
  const place = await mkdtemp(join(folder, 'context-'));
  const path = join(place, 'context.tar');
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  await rmdir(place);
  return file;
}

function find(root: Node, path: string): Node | undefined {
  let node: Node | undefined = root;
  for (const name of path.split('/')) if (name !== '') node = node?.children.get(name);
  return node;
}

/** All that is in a folder, itself last. */
function* fromBelow(above: Node, folder: string): Generator<{ above: Node; name: string; node: Node; path: string }> {
  for (const [name, node] of above.children) {
    const path = posix.join(folder, name);
    yield* fromBelow(node, path);
    yield { above, name, node, path };
  }
}

let count = 0;
const folderEntry = (path: string): Entry => ({
  type: 'directory',
  path: Buffer.from(path),
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
});
const nodeOf = (entry: Entry): Node => ({ entry, from: 0, length: 0, children: new Map(), identity: String(++count) });

/** What the parser tells, as a tree. */
class Index implements TarEvents {
  readonly root = nodeOf(folderEntry('/'));
  /** Bytes of the archive before the piece that is being parsed. */
  size = 0;
  private current?: Node;

  entry(entry: Entry): void {
    const text = entry.path.toString('latin1');
    if (posix.normalize(`./${text.replace(/^\/+/, '')}`).startsWith('..'))
      throw new DrydockError('ARCHIVE_INVALID', `${JSON.stringify(text)} leads out of the context`, {
        hint: 'a context has only what is below its top',
      });
    const path = posix.resolve('/', text);
    this.current = path === '/' ? nodeOf(entry) : this.placed(entry, path);
  }

  data(chunk: Buffer, from: number, to: number): void {
    const node = this.current!;
    if (node.length === 0) node.from = this.size + from;
    node.length += to - from;
    (node.digest as Hash).update(chunk.subarray(from, to));
  }

  end(): void {
    const node = this.current!;
    if (node.digest && typeof node.digest !== 'string') node.digest = node.digest.digest('hex');
  }

  private placed(entry: Entry, path: string): Node {
    const above = this.folder(follow({ lstat: (at) => find(this.root, at) }, posix.dirname(path)));
    const name = posix.basename(path);
    const known = above.children.get(name);
    if (entry.type === 'link') return this.linked(entry, above, name);
    const node = nodeOf(entry);
    // A folder that comes twice keeps what is in it.
    if (known && known.entry.type === 'directory' && entry.type === 'directory') {
      known.entry = entry;
      return known;
    }
    if (entry.type === 'file') node.digest = tarsum(entry, path);
    above.children.set(name, node);
    return node;
  }

  /** A second name of what came before. */
  private linked(entry: Entry, above: Node, name: string): Node {
    const target = find(this.root, posix.resolve('/', entry.target!.toString('latin1')));
    if (!target)
      throw new DrydockError('ARCHIVE_INVALID', `${entry.path.toString()}: it is a link to what is not there`);
    above.children.set(name, target);
    return target;
  }

  /** Folders that the archive goes through and does not name. */
  private folder(path: string): Node {
    let node = this.root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      let next = node.children.get(name);
      if (!next) node.children.set(name, (next = nodeOf(folderEntry(name))));
      node = next;
    }
    return node;
  }
}
