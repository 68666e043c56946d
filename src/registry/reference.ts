/**
 * The names of images, as Docker reads and prints them.
 *
 *     [domain "/"] path [":" tag] ["@" digest]
 *
 * What people type is short for something: `busybox` is `docker.io/library/busybox:latest`, and nothing but a dot, a
 * colon, a capital letter or the word `localhost` makes the first part a domain. A name is made whole once, here, and
 * compared, stored and sent only as a whole; it is shortened again only for a person. Whoever asks the wrong registry
 * because of a letter hands his password to it, so this is the grammar of distribution/reference to the letter, with its
 * oddities: `a__b` and `a--b` are names, `a..b` and `a___b` are none.
 */
import { parseDigest, type Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';

/** A name made whole. With neither tag nor digest it means the repository alone. */
export interface Reference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string;
  /** `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DEFAULT_DOMAIN = 'docker.io';
/** What the hub was called first; old configurations have it still. */
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL = 'library/';
const DEFAULT_TAG = 'latest';
const LONGEST_PATH = 255;
/** A name, a tag and a digest are shorter together; what is longer is not worth a regular expression. */
const LONGEST = 1024;

const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${domainPart}(?:[.]${domainPart})*|\\[[a-fA-F0-9:]+\\])`;
const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const hostAndPort = `${host}(?::[0-9]+)?`;
const wholePath = `${pathPart}(?:/${pathPart})*`;
const tagPart = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digestPart = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const whole = new RegExp(`^(${hostAndPort})/(${wholePath})(?::(${tagPart}))?(?:@(${digestPart}))?$`);
const wholeTag = new RegExp(`^${tagPart}$`);
const identifier = /^[a-f0-9]{64}$/;

/** Makes a name whole. Throws REFERENCE_INVALID with what is wrong in it. */
export function parseReference(text: string): Reference {
  if (text === '') throw invalid(text, 'it is empty', 'a name such as busybox or localhost:5000/team/app:1.0');
  if (text.length > LONGEST) throw invalid(text.slice(0, 40) + '…', `it is longer than ${LONGEST} characters`);
  if (identifier.test(text))
    throw invalid(text, 'cannot specify 64-byte hexadecimal strings: they are the ids of images');
  const [domain, rest] = split(text);
  const [path = ''] = rest.split(/[:@]/, 1);
  if (path.toLowerCase() !== path) {
    // Nobody has typed the `library/` of a short name.
    const typed = text.includes(path) ? path : path.replace('library/', '');
    const hint = `did you mean ${text.replace(typed, typed.toLowerCase())}?`;
    throw invalid(text, `repository name (${path}) must be lowercase`, hint);
  }
  const parts = whole.exec(`${domain}/${rest}`);
  if (!parts && text.endsWith(':'))
    throw invalid(text, "no tag follows the ':'", `${text}latest, or ${text.slice(0, -1)}`);
  if (!parts) throw invalid(text, whatIsWrong(domain, path, rest.slice(path.length)));
  const [, , repository = '', tag, digest] = parts;
  if (repository.length > LONGEST_PATH)
    throw invalid(text, `repository name must not be more than ${LONGEST_PATH} characters`);
  return { domain, path: repository, ...(tag && { tag }), ...(digest && { digest: digestIn(text, digest) }) };
}

/** What a person means by a name with neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag || reference.digest ? reference : { ...reference, tag: DEFAULT_TAG };
}

/** The same repository at another tag. Throws REFERENCE_INVALID. */
export function withTag({ domain, path }: Reference, tag: string): Reference {
  if (!wholeTag.test(tag))
    throw invalid(
      tag,
      'invalid tag format',
      'a tag has letters, digits, _ . and -, 128 at most, and begins with neither . nor -',
    );
  return { domain, path, tag };
}

/** The same repository at a digest. */
export function withDigest({ domain, path }: Reference, digest: Digest): Reference {
  return { domain, path, digest };
}

/** `docker.io/library/busybox`: the repository, whole. */
export function repositoryName({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** `busybox`, `team/app`, `localhost:5000/x`: the repository as people call it. */
export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`;
  const short = path.startsWith(OFFICIAL) ? path.slice(OFFICIAL.length) : path;
  if (!short.includes('/')) return short;
  // `docker.io/a.b/c` without its domain would be a repository of the server a.b. Docker shortens it; nobody has it.
  return isDomain(path.split('/', 1)[0]!) ? `${domain}/${path}` : path;
}

/** `docker.io/library/busybox:latest`: whole. Parsing it gives the same again. */
export function printReference(reference: Reference): string {
  return repositoryName(reference) + suffix(reference);
}

/** `busybox:latest`: as people call it. Parsing it gives the same again. */
export function familiar(reference: Reference): string {
  return familiarRepository(reference) + suffix(reference);
}

function suffix({ tag, digest }: Reference): string {
  return (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '');
}

function isDomain(first: string): boolean {
  return /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
}

/** The domain, and all that follows it. */
function split(text: string): [domain: string, rest: string] {
  const slash = text.indexOf('/');
  const first = text.slice(0, slash);
  const hasDomain = slash !== -1 && isDomain(first);
  if (hasDomain && first !== DEFAULT_DOMAIN && first !== LEGACY_DOMAIN) return [first, text.slice(slash + 1)];
  const rest = hasDomain ? text.slice(slash + 1) : text;
  return [DEFAULT_DOMAIN, rest.includes('/') ? rest : OFFICIAL + rest];
}

/** One hash is enough for us; Docker knows sha384 and sha512 as well, and no registry uses them. */
function digestIn(text: string, digest: string): Digest {
  try {
    return parseDigest(digest);
  } catch (cause) {
    throw invalid(text, `its digest is not sha256: and 64 lowercase hexadecimal digits`, undefined, cause);
  }
}

function whatIsWrong(domain: string, path: string, rest: string): string {
  if (!new RegExp(`^${hostAndPort}$`).test(domain)) return `'${domain}' is no host name with or without a port`;
  if (!new RegExp(`^${wholePath}$`).test(path)) return `'${path}' is no repository name`;
  return `'${rest}' is neither :tag nor @digest`;
}

function invalid(text: string, reason: string, hint?: string, cause?: unknown): DrydockError {
  return new DrydockError('REFERENCE_INVALID', `'${text}': invalid reference format: ${reason}`, { hint, cause });
}
