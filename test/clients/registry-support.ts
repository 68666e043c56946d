/** What the tests against a real registry share: certificates, images made on the spot, a content store. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { digestOf } from '../../src/content/digest.ts';
import { openContent, type Content, type Lease } from '../../src/content/content.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { readManifest } from '../../src/registry/manifest.ts';
import type { BlobSource, RegistryOptions, Resolved } from '../../src/registry/registry.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A folder that is gone when the test file is through. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-registry-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An authority and a certificate for 127.0.0.1 and localhost that it has signed. */
export function certificates(folder: string): { authority: string; certificate: string; key: string } {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=drydock test', '-keyout', at('ca.key'), '-out', at('ca.crt'));
  openssl('req', ...newKey.slice(0, 3), '-subj', '/CN=localhost', '-keyout', at('host.key'), '-out', at('host.csr'));
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const by = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names')];
  openssl('x509', '-req', '-in', at('host.csr'), ...by, '-out', at('host.crt'));
  return { authority: at('ca.crt'), certificate: at('host.crt'), key: at('host.key') };
}

/** A folder for certificates as Docker has it, with the authority for one registry. */
export function trusting(folder: string, host: string, authority: string): string {
  const trusted = join(folder, 'certs.d');
  mkdirSync(join(trusted, host), { recursive: true });
  execFileSync('cp', [authority, join(trusted, host, 'ca.crt')]);
  return trusted;
}

export interface Bytes {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly source: BlobSource;
}

export function blob(bytes: Buffer, mediaType = 'application/vnd.oci.image.layer.v1.tar'): Bytes {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  return { descriptor, bytes, source: { open: (offset) => Readable.from([bytes.subarray(offset)]) } };
}

/** A manifest over layers of these sizes, whose bytes are random. */
export function image(...sizes: number[]): { manifest: Resolved; blobs: Bytes[] } {
  const layers = sizes.map((size) => blob(randomBytes(size)));
  const diffIds = layers.map(({ descriptor }) => descriptor.digest);
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } };
  const first = blob(Buffer.from(JSON.stringify(config)), 'application/vnd.oci.image.config.v1+json');
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: first.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  return { manifest: readManifest(Buffer.from(JSON.stringify(document)), OCI_MANIFEST), blobs: [first, ...layers] };
}

/** Nobody in particular, nothing from this machine's settings, and no waiting. */
export const bare: RegistryOptions = {
  credentials: async () => undefined,
  environment: {},
  certificates: [],
  sleep: async () => undefined,
};

/** A content store of its own, and a lease in it. */
export async function store(folder: string): Promise<{ content: Content; lease: Lease }> {
  const content = await openContent(mkdtempSync(join(folder, 'content-')));
  return { content, lease: await content.lease('test', 60_000) };
}

/** For assert.rejects: the code, and words that have to be in it. */
export function refused(code: ErrorCode, ...words: RegExp[]): (error: unknown) => true {
  return (error) => {
    const { code: found, message } = error as { code: string; message: string };
    assert.equal(found, code, message);
    for (const word of words) assert.match(message, word);
    return true;
  };
}
