/**
 * What a build is sent: a folder, packed as it is read; an archive or a Dockerfile at standard input; or only an address,
 * which the engine fetches. A git repository is cloned here, by the git of whoever calls.
 *
 * What .dockerignore names is left out, but for itself and the Dockerfile, which the engine reads. A Dockerfile that is not in
 * the context goes along under a name of its own.
 */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gathered } from '../../layers/gathered.ts';
import { peek } from '../../peek.ts';
import { writeTar, type WrittenEntry } from '../../layers/tar/write.ts';
import { ignoredIn } from './build-ignore.ts';
import { CommandFailure } from './failure.ts';
import { sentFile } from './sent-file.ts';

export interface SentContext {
  readonly body?: Readable;
  readonly query: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

/** `file` is `-f`. */
export async function contextOf(place: string, file: string): Promise<SentContext> {
  if (place === '-') {
    if (file === '-')
      throw new CommandFailure('invalid argument: can’t use stdin for both build context and dockerfile');
    return fromInput(file);
  }
  if (isGit(place)) return fromGit(place, file);
  if (/^https?:\/\//.test(place))
    return { query: { remote: place, ...(file && { dockerfile: file }) }, close: nothing };
  return fromFolder(place, file);
}

/** `top`: it is a stranger's, and nothing outside of that is his. */
function fromFolder(place: string, file: string, top?: string): SentContext {
  if (!existsSync(place) || !statSync(place).isDirectory())
    throw new CommandFailure(`unable to prepare context: path "${place}" not found`);
  const folder = resolve(place);
  const outside = file === '-' ? readFileSync(0) : foreign(folder, file);
  const name = outside
    ? `.dockerfile.${randomBytes(10).toString('hex')}`
    : file === ''
      ? 'Dockerfile'
      : relative(folder, dockerfileAt(folder, file));
  if (!outside && !existsSync(join(folder, name)))
    throw new CommandFailure(
      `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${join(folder, name)}: no such file or directory`,
    );
  const ignored = ignoredIn(folder, name, top);
  const needed = new Set([name, '.dockerignore', ignored.name]);
  const isLeftOut = (path: string): boolean => !needed.has(path) && ignored.isLeftOut(path);
  const extra = outside ? foreignEntries(name, outside, ignored.text) : [];
  const archive = gathered(writeTar(entries(folder, isLeftOut, extra)));
  const body = Readable.from(asItIsRead(archive), { objectMode: false });
  return { body, query: { dockerfile: name }, close: nothing };
}

/** What goes wrong with a file of the context must not look like an engine that is not there. */
async function* asItIsRead(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* archive;
  } catch (error) {
    throw new CommandFailure(`unable to prepare context: ${(error as Error).message}`, 1, error);
  }
}

/** Where `-f` leads: from here, or from the context. */
const dockerfileAt = (folder: string, file: string): string =>
  existsSync(file) ? resolve(file) : resolve(folder, file);

/** The Dockerfile, if it is not in the context. */
function foreign(folder: string, file: string): Buffer | undefined {
  if (file === '') return undefined;
  const path = dockerfileAt(folder, file);
  return relative(folder, path).startsWith('..') ? readFileSync(path) : undefined;
}

/**
 * A Dockerfile from elsewhere, and what keeps both files out of the image: else no COPY of all would ever be found in the cache.
 * docker/cli, AddDockerfileToBuildContext, writes the name into `.dockerignore`, which COPY may take: this has a file of its own.
 */
function foreignEntries(name: string, dockerfile: Buffer, rules = ''): WrittenEntry[] {
  const ignore = `${name}.dockerignore`;
  return [textEntry(name, dockerfile), textEntry(ignore, Buffer.from(`${rules}\n${name}\n${ignore}\n`))];
}

function textEntry(name: string, data: Buffer): WrittenEntry {
  const facts = { type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 } } as const;
  return { ...facts, path: Buffer.from(name), size: data.length, data };
}

/**
 * Everything that is not left out, a folder before what is in it. Owners are nobody's business: in the image they are root.
 * Paths are in latin1, a character for each byte: not every name is UTF-8.
 */
async function* entries(
  folder: string,
  isLeftOut: (path: string) => boolean,
  extra: readonly WrittenEntry[],
): AsyncGenerator<WrittenEntry> {
  yield* extra;
  const first = new Map<string, string>();
  const placeOf = (path: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);
  const ahead: string[] = namesIn(placeOf(''), '');
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    const absolute = placeOf(path);
    const facts = lstatSync(absolute);
    const isLeft = isLeftOut(Buffer.from(path, 'latin1').toString());
    // A folder that is left out may have something in it that is not.
    if (facts.isDirectory()) ahead.push(...namesIn(absolute, path));
    if (isLeft || facts.isSocket()) continue;
    const seconds = Math.floor(facts.mtimeMs / 1000);
    const entry = {
      path: Buffer.from(path, 'latin1'),
      mode: facts.mode & 0o7777,
      uid: 0,
      gid: 0,
      size: 0,
      mtime: { seconds, nanoseconds: 0 },
    };
    const identity = `${facts.dev}:${facts.ino}`;
    const earlier = facts.nlink > 1 ? first.get(identity) : undefined;
    if (facts.isDirectory()) yield { ...entry, type: 'directory', path: Buffer.from(`${path}/`, 'latin1') };
    else if (facts.isSymbolicLink())
      yield { ...entry, type: 'symlink', mode: 0o777, target: readlinkSync(absolute, { encoding: 'buffer' }) };
    else if (earlier !== undefined) yield { ...entry, type: 'link', target: Buffer.from(earlier, 'latin1') };
    else if (facts.isFile()) {
      first.set(identity, path);
      yield { ...entry, ...sentFile(absolute, facts.size) };
    } else if (facts.isFIFO()) yield { ...entry, type: 'fifo' };
  }
}

/** The last one first: they are taken from the end. */
const namesIn = (folder: Buffer, path: string): string[] =>
  readdirSync(folder, 'latin1')
    .sort()
    .reverse()
    .map((name) => (path === '' ? name : `${path}/${name}`));

/** The first bytes say whether it is an archive; anything else is a Dockerfile without a context. */
async function fromInput(file: string): Promise<SentContext> {
  const { start, all } = await peek(process.stdin, 512);
  if (isArchive(start))
    return {
      body: Readable.from(all, { objectMode: false }),
      query: file ? { dockerfile: file } : {},
      close: nothing,
    };
  const pieces: Uint8Array[] = [];
  for await (const piece of all) pieces.push(piece);
  const entry = textEntry('Dockerfile', Buffer.concat(pieces));
  return { body: Readable.from(writeTar([entry]), { objectMode: false }), query: {}, close: nothing };
}

const magics = ['1f8b', '28b52ffd', '425a68', 'fd377a585a00'];

function isArchive(start: Buffer): boolean {
  const hex = start.subarray(0, 6).toString('hex');
  return start.subarray(257, 262).toString() === 'ustar' || magics.some((magic) => hex.startsWith(magic));
}

const isGit = (place: string): boolean =>
  /^(git:\/\/|git@|github\.com\/)/.test(place) || /^(https?|ssh|file):\/\/.*\.git(#.*)?$/.test(place);

/** `REPOSITORY#BRANCH:FOLDER` */
async function fromGit(place: string, file: string): Promise<SentContext> {
  const { spawnSync } = await import('node:child_process'); // which takes a tenth of a short command's time
  const [repository = '', fragment = ''] = place.split('#', 2);
  const [reference = '', folder = ''] = fragment.split(':', 2);
  if (reference.startsWith('-'))
    throw new CommandFailure(
      `unable to prepare context: ${reference} is an option of git’s, and no branch, tag or commit`,
    );
  const clone = realpathSync(mkdtempSync(join(tmpdir(), 'drydock-git-')));
  const close = async (): Promise<void> => rmSync(clone, { recursive: true, force: true });
  const from = repository.startsWith('github.com/') ? `https://${repository}` : repository;
  const git = (cwd: string, ...words: string[]): void => {
    const { status, stderr, error } = spawnSync('git', words, {
      ...{ encoding: 'utf8', cwd },
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    });
    if (status === 0) return;
    void close();
    throw new CommandFailure(`unable to prepare context: git ${words[0]}: ${error?.message ?? stderr.trim()}`);
  };
  git('.', 'clone', '--recursive', '--quiet', '--', from, clone);
  // The dashes behind it say that it is no file.
  if (reference !== '') git(clone, 'checkout', '--quiet', reference, '--');
  rmSync(join(clone, '.git'), { recursive: true, force: true });
  try {
    // A Dockerfile is one of the repository’s, not one that happens to lie where we are.
    const inside = insideOf(clone, folder);
    return { ...fromFolder(inside, file === '' || file === '-' ? file : resolve(inside, file), clone), close };
  } catch (error) {
    void close();
    // Where it lies for a moment says nothing to anybody.
    if (error instanceof Error) error.message = error.message.replaceAll(clone, withoutSecrets(from));
    throw error;
  }
}

/** An address as it may be shown: without the name and the password that may stand in it. */
const withoutSecrets = (address: string): string => address.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1');

/** A folder of the clone. Its links are somebody else's: one that leads out would send files of this machine. */
function insideOf(clone: string, folder: string): string {
  const place = join(clone, folder);
  const real = existsSync(place) ? realpathSync(place) : undefined;
  if (real !== undefined && `${real}/`.startsWith(`${clone}/`) && statSync(real).isDirectory()) return real;
  throw new CommandFailure(`unable to prepare context: ${folder} is not a folder of the repository ${clone}`);
}
