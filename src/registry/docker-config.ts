/**
 * Where `docker login` has left who we are: `~/.docker/config.json`, or the folder in DOCKER_CONFIG.
 *
 *     { "auths":       { "registry.example": { "auth": "base64 of name:password" } },
 *       "credHelpers": { "other.example": "secretservice" },
 *       "credsStore":  "pass" }
 *
 * For one registry: its own helper, else the store for all, else the file. The hub has the address that it had first,
 * `https://index.docker.io/v1/`; others are hosts, and old files have them with a scheme and a path.
 *
 * Invariants: the file is 0600, belongs to whom its folder belongs, is written beside and renamed, and what we do not know
 * in it stays. A symbolic link stays one: the file that it leads to is written.
 */
import { realpathSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { erase, get, store } from './credential-helper.ts';
import type { Credential } from './registry.ts';

/** The hub's key in the file, and what helpers know it as. */
const HUB_KEY = 'https://index.docker.io/v1/';
/** A helper's way of saying that what follows is an identity token. */
const TOKEN_USER = '<token>';

interface Entry {
  auth?: unknown;
  username?: unknown;
  password?: unknown;
  identitytoken?: unknown;
}

interface Document {
  auths?: Record<string, Entry>;
  credsStore?: unknown;
  credHelpers?: Record<string, unknown>;
}

export interface DockerConfig {
  readonly path: string;
  credential(registry: string): Promise<Credential | undefined>;
  /** Those that it has something of. */
  registries(): Promise<string[]>;
  save(registry: string, credential: Credential): Promise<{ where: string; isPlain: boolean }>;
  /** Whether there was something to remove. */
  remove(registry: string): Promise<boolean>;
}

/** The configuration of the person who runs us. */
export function dockerConfig(folder = process.env.DOCKER_CONFIG || join(homedir(), '.docker')): DockerConfig {
  const path = join(folder, 'config.json');
  return {
    path,
    async credential(registry) {
      const document = await load(path);
      const helper = helperFor(document, registry);
      if (!helper) return credentialIn(entryFor(document, registry), registry, path);
      const found = await get(helper, keyOf(registry));
      if (!found) return undefined;
      const { username, secret } = found;
      return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret };
    },
    async registries() {
      const { auths = {}, credHelpers = {} } = await load(path);
      const hosts = [...Object.keys(auths), ...Object.keys(credHelpers)].map(
        (key) => key.replace(/^https?:\/\//, '').split('/', 1)[0]!,
      );
      return [...new Set(hosts.map((host) => (host === 'index.docker.io' ? 'docker.io' : host)))];
    },
    async save(registry, credential) {
      const document = await load(path);
      const helper = helperFor(document, registry);
      if (helper) {
        await store(helper, keyOf(registry), forHelper(credential));
        await write(path, withEntry(document, registry, {})); // Docker leaves a mark there: who is logged in
        return { where: `docker-credential-${helper}`, isPlain: false };
      }
      await write(path, withEntry(document, registry, forFile(credential)));
      return { where: path, isPlain: true };
    },
    async remove(registry) {
      const document = await load(path);
      const helper = helperFor(document, registry);
      const keys = keysIn(document, registry);
      const wasHelped = helper !== undefined && (await get(helper, keyOf(registry))) !== undefined;
      if (helper && wasHelped) await erase(helper, keyOf(registry));
      if (keys.length === 0) return wasHelped;
      const auths = Object.fromEntries(Object.entries(document.auths ?? {}).filter(([key]) => !keys.includes(key)));
      await write(path, { ...document, auths });
      return true;
    },
  };
}

function keyOf(registry: string): string {
  return registry === 'docker.io' ? HUB_KEY : registry;
}

/** The names under which a file may have it: as we write it, and as it was written once. */
function keysIn({ auths = {} }: Document, registry: string): string[] {
  const host = (key: string): string => key.replace(/^https?:\/\//, '').split('/', 1)[0]!;
  const hosts = registry === 'docker.io' ? ['docker.io', 'index.docker.io'] : [registry];
  const exact = keyOf(registry);
  return Object.keys(auths)
    .filter((key) => key === exact || hosts.includes(host(key)))
    .sort((one, other) => Number(other === exact) - Number(one === exact));
}

function entryFor(document: Document, registry: string): Entry | undefined {
  const [key] = keysIn(document, registry);
  return key === undefined ? undefined : document.auths?.[key];
}

function helperFor({ credHelpers, credsStore }: Document, registry: string): string | undefined {
  const own = credHelpers?.[keyOf(registry)] ?? credHelpers?.[registry];
  const helper = own ?? credsStore;
  return typeof helper === 'string' && helper !== '' ? helper : undefined;
}

function credentialIn(entry: Entry | undefined, registry: string, path: string): Credential | undefined {
  if (!entry) return undefined;
  const [username, password] = nameAndPassword(entry, registry, path);
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '')
    return { identityToken: entry.identitytoken, ...(username && { username }) };
  return username && password !== undefined ? { username, password } : undefined;
}

function nameAndPassword({ auth, username, password }: Entry, registry: string, path: string): [string?, string?] {
  if (typeof auth !== 'string' || auth === '')
    return [typeof username === 'string' ? username : undefined, typeof password === 'string' ? password : undefined];
  const text = Buffer.from(auth, 'base64').toString();
  const colon = text.indexOf(':');
  // Docker's own files end such a password in zero bytes at times.
  if (colon > 0) return [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')];
  throw new DrydockError('UNAUTHORIZED', `${path}: the entry for ${registry} is not the base64 of name:password`, {
    hint: `drydock logout ${registry}, then drydock login ${registry}`,
  });
}

function forHelper(credential: Credential): { username: string; secret: string } {
  if ('identityToken' in credential) return { username: TOKEN_USER, secret: credential.identityToken };
  return { username: credential.username, secret: credential.password };
}

function forFile(credential: Credential): Entry {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  if ('identityToken' in credential)
    return { auth: encode(`${credential.username ?? ''}:`), identitytoken: credential.identityToken };
  return { auth: encode(`${credential.username}:${credential.password}`) };
}

function withEntry(document: Document, registry: string, entry: Entry): Document {
  const old = keysIn(document, registry);
  const others = Object.entries(document.auths ?? {}).filter(([key]) => !old.includes(key));
  return { ...document, auths: Object.fromEntries([...others, [keyOf(registry), entry]]) };
}

async function load(path: string): Promise<Document> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new TypeError('it is no JSON object');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new DrydockError('UNAUTHORIZED', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function write(path: string, document: Document): Promise<void> {
  const target = realPathOf(path);
  const beside = `${target}.${process.pid}`;
  const owner = await ownedFolder(dirname(target));
  try {
    const file = await open(beside, 'w', 0o600);
    try {
      await chmod(beside, 0o600); // of one that a crash has left
      if (process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
      await file.writeFile(JSON.stringify(document, undefined, '\t'));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new DrydockError('UNAUTHORIZED', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** The folder, made if need be, and who owns it: `login` may run as root for somebody else, in their home. */
async function ownedFolder(folder: string): Promise<{ uid: number; gid: number }> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made === undefined || process.getuid?.() !== 0) return stat(folder);
  const owner = await stat(dirname(made));
  await chown(folder, owner.uid, owner.gid);
  return owner;
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path;
    throw error;
  }
}
