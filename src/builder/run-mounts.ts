/**
 * `RUN --mount`: what a program sees while it runs, and the image does not keep.
 *
 *     bind     the context, a stage or an image, read-only; with `rw` a copy of its own, which is lost
 *     cache    a folder that the next build finds again; by its id (cache-folders.ts)
 *     tmpfs    empty, in memory
 *     secret   one file, in memory, readable by its owner alone; in no key, no layer, no history
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { RunConfig } from '../images/config.ts';
import { unpack } from '../layers/index.ts';
import { openRoot } from '../linux/rooted.ts';
import type { Mount } from '../runtime/config.ts';
import type { Build } from './builder.ts';
import { withCacheFolders } from './cache-folders.ts';
import { digestOf as digestOfItems, find } from './copying.ts';
import type { RunMount } from './dockerfile/index.ts';
import { withFrom } from './from.ts';
import { Tree } from './tree.ts';

export interface Mounted {
  readonly mounts: readonly Mount[];
  /** Secrets that are variables. */
  readonly env: readonly string[];
}

/** What of the mounts an outcome depends on: of a bind its files, of a secret only that it is asked for. */
export async function mountKeys(build: Build, mounts: readonly RunMount[]): Promise<unknown[]> {
  const keys: unknown[] = [];
  for (const mount of mounts)
    keys.push([
      mount,
      mount.type === 'bind' &&
        (await withFrom(build, mount.from, false, (files) => digestOfItems(find(files, mount.source ?? '.')))),
    ]);
  return keys;
}

/** Runs the body with all of them ready on the host. */
export function withMounts<T>(
  build: Build,
  config: RunConfig,
  wanted: readonly RunMount[],
  body: (mounted: Mounted) => Promise<T>,
): Promise<T> {
  return withCacheFolders(build, wanted, (folderOf) => withEach({ build, config, folderOf }, wanted, body));
}

interface Place {
  readonly build: Build;
  readonly config: RunConfig;
  readonly folderOf: (cache: RunMount) => string;
}

async function withEach<T>(
  place: Place,
  [first, ...rest]: readonly RunMount[],
  body: (mounted: Mounted) => Promise<T>,
): Promise<T> {
  if (!first) return body({ mounts: [], env: [] });
  return withOne(place, first, (one) =>
    withEach(place, rest, (others) =>
      body({ mounts: [...one.mounts, ...others.mounts], env: [...one.env, ...others.env] }),
    ),
  );
}

async function withOne<T>(
  { build, config, folderOf }: Place,
  mount: RunMount,
  body: (mounted: Mounted) => Promise<T>,
): Promise<T> {
  const { WorkingDir = '/' } = config;
  const destination = (otherwise?: string): string => posix.resolve('/', WorkingDir, targetOf(mount, otherwise));
  if (mount.type === 'tmpfs') return body({ mounts: [tmpfs(destination(), mount)], env: [] });
  if (mount.type === 'cache') {
    refuseContent(mount);
    return body({ mounts: [bind(destination(), folderOf(mount), mount)], env: [] });
  }
  if (mount.type === 'secret') return withSecret(build, mount, destination(`/run/secrets/${mount.id}`), body);
  if (mount.type === 'bind') return withBind(build, mount, destination(), body);
  throw new DrydockError('INSTRUCTION_FAILED', `--mount=type=${mount.type}: Drydock forwards no agent of keys`, {
    hint: 'a secret can be a deploy key: --mount=type=secret,id=key,target=/root/.ssh/id_ed25519 and --secret id=key,src=FILE',
  });
}

function refuseContent({ from, source }: RunMount): void {
  if (from === undefined && source === undefined) return;
  throw new DrydockError('INSTRUCTION_FAILED', '--mount=type=cache begins empty: from and source are for type=bind', {
    hint: 'copy into it where it is empty: test -e /cache/ready || cp -r …',
  });
}

function targetOf({ type, target }: RunMount, otherwise?: string): string {
  const place = target ?? otherwise;
  if (place !== undefined) return place;
  throw new DrydockError('INSTRUCTION_FAILED', `--mount=type=${type} needs a target`, {
    hint: 'target=/place/in/the/image',
  });
}

const bind = (destination: string, source: string, { readonly }: Pick<RunMount, 'readonly'>): Mount => ({
  ...{ destination, source, type: 'bind' },
  options: ['rbind', readonly ? 'ro' : 'rw', 'rprivate'],
});

const tmpfs = (destination: string, { size }: RunMount): Mount => ({
  ...{ destination, type: 'tmpfs', source: 'tmpfs' },
  options: ['nosuid', 'nodev', 'mode=755', ...(size === undefined ? [] : [`size=${size}`])],
});

async function withSecret<T>(
  { request, secretsFolder }: Build,
  { id = '', required, env, mode = 0o400, uid = 0, gid = 0, target }: RunMount,
  destination: string,
  body: (mounted: Mounted) => Promise<T>,
): Promise<T> {
  const bytes = request.secrets?.[id];
  if (!bytes && required)
    throw new DrydockError('INSTRUCTION_FAILED', `the secret ${id} is required and was not given`, {
      hint: `drydock build --secret id=${id},src=FILE`,
    });
  if (!bytes) return body({ mounts: [], env: [] });
  const variable = env === undefined ? [] : [`${env}=${Buffer.from(bytes).toString()}`];
  if (env !== undefined && target === undefined) return body({ mounts: [], env: variable });
  const folder = mkdtempSync(join(secretsFolder, 'secret-'));
  try {
    writeFileSync(join(folder, 'secret'), bytes, { mode: 0o600 });
    using root = openRoot(folder);
    root.lchown('secret', uid, gid);
    root.chmod('secret', mode);
    const mount = bind(destination, join(folder, 'secret'), { readonly: true });
    return await body({ mounts: [mount], env: variable });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The context is unpacked for it; a stage is mounted where it is. Who may write gets one that nobody else sees. */
async function withBind<T>(
  build: Build,
  mount: RunMount,
  destination: string,
  body: (mounted: Mounted) => Promise<T>,
): Promise<T> {
  const isWritable = !mount.readonly;
  return withFrom(build, mount.from, isWritable, async (files) => {
    const [item] = find(files, mount.source ?? '.');
    const bound = (folder: string): Promise<T> =>
      body({ mounts: [bind(destination, hostPath(folder, item!.path), mount)], env: [] });
    if (files instanceof Tree) return bound(files.folder);
    return isWritable ? withContextOfItsOwn(build, bound) : bound(await build.unpackedContext());
  });
}

async function withContextOfItsOwn<T>({ context, folder }: Build, body: (folder: string) => Promise<T>): Promise<T> {
  const own = mkdtempSync(join(folder, 'written-'));
  try {
    return await body(await unpackContext(context.path, own));
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** The place has been found without links in it; nobody but us writes there. */
const hostPath = (folder: string, path: string): string => join(folder, Buffer.from(path, 'latin1').toString());

/** All of the context, as files. */
export async function unpackContext(archive: string, folder: string): Promise<string> {
  const place = join(folder, 'context');
  mkdirSync(place, { mode: 0o700 });
  await unpack({ file: archive }, { folder: place, whiteouts: 'none' });
  return place;
}
