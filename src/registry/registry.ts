/**
 * A registry: somebody else's content store, spoken to over HTTP (OCI distribution specification 1.1; Docker's registry
 * API v2 is the same but for names).
 *
 *     we                                                   the registry
 *       GET  /v2/library/busybox/manifests/latest  ──────▶
 *                            ◀──────  401, WWW-Authenticate: Bearer realm="https://auth…",service="…",scope="…"
 *       GET  https://auth…?service=…&scope=…       ──────▶  another server: it has the passwords
 *                            ◀──────  { "token": "…" }
 *       GET  /v2/library/busybox/manifests/latest  ──────▶  now with Authorization: Bearer …
 *                            ◀──────  200, the manifest: names of blobs, with sizes
 *       GET  /v2/library/busybox/blobs/sha256:…    ──────▶
 *                            ◀──────  307, Location: https://cdn…
 *       GET  https://cdn…                          ──────▶  a third server: it gets no token
 *                            ◀──────  200, and half of the bytes; the line breaks
 *       GET  https://cdn…    Range: bytes=52428800- ─────▶
 *                            ◀──────  206, the other half
 *
 * What a registry says is a claim. So:
 *
 *  1. Nothing is handed on unless it hashes to the digest that was asked for; a tag has no digest, so what it leads to is
 *     hashed, and everything after it goes by digest. A digest is not a signature: it says that these are the bytes, not
 *     who made them.
 *  2. Nothing is read beyond the size that was promised: manifests end at 4 MiB, blobs at what their descriptor says.
 *  3. Credentials go to the origin that they belong to and to the token server that this origin names; never after a
 *     redirect, never in the clear but to this machine itself, never to an address in a manifest (CVE-2020-15157).
 *  4. What can pass (a cut, a stall, 429, 5xx) is tried again, each time later, a few times; what cannot is told at once.
 *
 * One file for each: reference.ts, endpoint.ts (which server), transport.ts (how to reach it: proxy.ts, certificates.ts),
 * challenge.ts, token.ts, authorize.ts (who we are: docker-config.ts, credential-helper.ts, login.ts), send.ts (redirects),
 * retry.ts, manifests.ts, blobs.ts and verify.ts, upload.ts, download.ts and push.ts (many blobs at once), catalog.ts,
 * search.ts.
 */
import type { Readable } from 'node:stream';
import type { Descriptor } from '../content/descriptor.ts';
import type { Reference } from './reference.ts';

/** Who somebody is. With an identity token there is no password: `docker login` has exchanged it. */
export type Credential =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string; readonly username?: string };

/** Asks for who we are at a registry: `docker.io`, `localhost:5000`. undefined: nobody in particular. */
export type CredentialSource = (registry: string) => Promise<Credential | undefined>;

/** How registries are reached. Everything has a default: what Docker does on a fresh machine. */
export interface RegistryOptions {
  /** Default: `~/.docker/config.json` and its helpers (docker-config.ts). The API passes what its client sent. */
  readonly credentials?: CredentialSource;
  /** Tried first and in this order when something is fetched: by domain, `{ 'docker.io': ['https://mirror.example'] }`. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Registries and networks (`10.0.0.0/8`) that may speak plain HTTP or show any certificate. This machine may always speak HTTP. */
  readonly insecure?: readonly string[];
  /** Folders with one folder for each registry. Default: /etc/docker/certs.d, /etc/drydock/certs.d (certificates.ts). */
  readonly certificates?: readonly string[];
  /** For HTTP_PROXY, HTTPS_PROXY, NO_PROXY and their small forms. Default: process.env. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeouts?: Partial<Timeouts>;
  /** How often something is tried that can pass. Default: 6. */
  readonly attempts?: number;
  /** Waits between them; tests need not. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** How many blobs are fetched or sent at once. Default: 3 and 5. */
  readonly downloads?: number;
  readonly uploads?: number;
  /** Ends whatever is asked or waited for: the person for whom it was has left. */
  readonly signal?: AbortSignal;
  /** A mirror has failed, and is not asked again. */
  readonly onMirrorFailed?: (mirror: string, reason: Error) => void;
  /** Hears of every request when it has an answer, without secrets. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** Milliseconds. */
export interface Timeouts {
  /** Until there is a connection, with TLS. Default: 15 s. */
  readonly connect: number;
  /** Until an answer begins. Default: 60 s. */
  readonly answer: number;
  /** Between two pieces of an answer; then it has stalled, and is asked for again. Default: 30 s. */
  readonly stall: number;
}

/** One request and its answer, for whoever wants to see the conversation. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** How we said who we are. */
  readonly authorization?: 'Basic' | 'Bearer';
  readonly range?: string;
  /** undefined: there was no answer, and `failure` says why. */
  readonly status?: number;
  readonly failure?: string;
  /** Of the answer: WWW-Authenticate, Location without its query, Content-Range, Docker-Content-Digest. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A manifest or an index, byte for byte: its digest is that of these bytes and of no other spelling of them. */
export interface Resolved {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

export interface FetchOptions {
  /** Where to begin, if what comes before is here already. The rest is not hashed then: the content store does that. */
  readonly offset?: number;
  /** Whoever takes the bytes hashes them; hashing them twice would be slow. Size and order are checked all the same. */
  readonly isCheckedElsewhere?: boolean;
  readonly signal?: AbortSignal;
  /** The line broke after so many bytes, and it is asked for the rest. */
  readonly onRetry?: (offset: number, reason: Error) => void;
}

/** Where the bytes of a blob come from; asked again after a cut. */
export interface BlobSource {
  open(offset: number): Readable | Promise<Readable>;
}

export interface PushOptions {
  /** In pieces of so many bytes (PATCH), each of which can be sent again. Default: whole. */
  readonly chunkSize?: number;
  /** Repositories of the same registry that may have the blob already, likeliest first. */
  readonly mountFrom?: readonly string[];
  readonly onProgress?: (sent: number) => void;
  readonly signal?: AbortSignal;
}

/** How a blob came to be in the repository. */
export type Pushed = { readonly how: 'exists' | 'sent' } | { readonly how: 'mounted'; readonly from: string };

/** One repository of a registry. Made by `openRepository` (repository.ts); `close` ends its connections. */
export interface Repository {
  readonly reference: Reference;
  /**
   * What a tag or a digest leads to; by default the reference's own. Asks without fetching, so that what is here already
   * need not be fetched. undefined: the registry does not tell without handing it over.
   */
  head(name?: string): Promise<Descriptor | undefined>;
  /** A manifest or an index, checked. Throws MANIFEST_INVALID, DIGEST_MISMATCH, UNAUTHORIZED, REGISTRY. */
  resolve(name?: string, signal?: AbortSignal): Promise<Resolved>;
  /** A blob. Goes on after cuts by itself; ends in an error unless it is whole and, from its beginning, hashes to its digest. */
  fetch(blob: Descriptor, options?: FetchOptions): Readable;
  /** A small blob, whole. Throws MANIFEST_INVALID if its descriptor says that it is larger than the limit. */
  read(blob: Descriptor, limit: number, signal?: AbortSignal): Promise<Buffer>;
  /** Whether the repository has the blob. */
  has(blob: Descriptor): Promise<boolean>;
  /** Sends a blob, unless it is there or can be had from another repository of the registry. */
  push(blob: Descriptor, source: BlobSource, options?: PushOptions): Promise<Pushed>;
  /** Puts a manifest under a tag or under its digest; everything that it names has to be there. */
  put(name: string, manifest: Resolved): Promise<void>;
  /** From now on its own server alone is asked; false: it had no mirrors any more. For whoever got wrong bytes. */
  leaveMirrors(): boolean;
  /** All tags, as the registry orders them. */
  tags(): Promise<string[]>;
  close(): Promise<void>;
}

/** What happens to one of many blobs. Data: whoever shows it has the words. */
export type TransferEvent = { readonly blob: Descriptor } & (
  | { readonly state: 'waiting' | 'exists' | 'verifying' | 'done' }
  | { readonly state: 'running'; readonly current: number }
  | { readonly state: 'retrying'; readonly current: number; readonly reason: string }
  | { readonly state: 'mounted'; readonly from: string }
);

/** A blob that several want to know about by its digest. */
export type OnTransfer = (event: TransferEvent) => void;

/** What the hub's search answers. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
  readonly isAutomated: boolean;
}
