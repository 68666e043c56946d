/**
 * A harbour for demo, checks and attacks: a real registry that believes a token server, both on loopback; in front of it
 * somebody who spoils what he is told to; and two images, one that everybody may have and one that is ada's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { digestOf } from '../../src/content/digest.ts';
import { startFaulty, type FaultyRegistry } from '../../src/learn/registry/faulty.ts';
import { person, startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { signerIn, startTokenServer, type TokenServer } from '../../src/learn/registry/token-server.ts';
import type * as registry from '../../src/registry/index.ts';
import { openRepository, parseReference } from '../../src/registry/index.ts';
import { readManifest } from '../../src/registry/manifest.ts';
import type { RegistryOptions, Repository } from '../../src/registry/registry.ts';

const KIND = 'application/vnd.oci.image.manifest.v1+json';
/** Enough for several pieces of a line. */
const SIZE = 300_000;

export interface Harbour {
  readonly tokens: TokenServer;
  /** What is talked to: it hands on to the real one. */
  readonly registry: FaultyRegistry;
  /** The one layer of both images. */
  readonly layer: Descriptor;
  readonly bytes: Buffer;
  /** `127.0.0.1:41893/open/lab` */
  readonly open: string;
  readonly closed: string;
  stop(): Promise<void>;
}

/** Nothing of this machine's settings, and a short patience. */
export const quiet: RegistryOptions = {
  credentials: async () => undefined,
  environment: {},
  certificates: [],
  timeouts: { stall: 300 },
  sleep: async () => undefined,
};

/** Who ada is, for whoever pulls in her name. */
export const asAda: RegistryOptions = { ...quiet, credentials: async () => person };

export async function openHarbour(): Promise<Harbour> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-harbour-'));
  const ends: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const signer = signerIn(folder);
    const tokens = await startTokenServer({ ...person, ...signer, isPublic: (name) => name.startsWith('open/') });
    ends.push(() => tokens.stop());
    const real = await startRegistry({ token: { ...tokens, certificate: signer.certificate } });
    ends.push(() => real.stop());
    const registry = await startFaulty(real.host);
    ends.push(() => registry.stop());
    const bytes = Buffer.from(Array.from({ length: SIZE }, (_, at) => at % 251));
    const layer = await fill(real, bytes);
    (tokens.asked as unknown[]).splice(0);
    return {
      tokens,
      registry,
      layer,
      bytes,
      open: `${registry.host}/open/lab`,
      closed: `${registry.host}/closed/lab`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Works in a harbour, and leaves nothing of it. */
export async function inHarbour(work: (harbour: Harbour) => Promise<void>): Promise<void> {
  const harbour = await openHarbour();
  try {
    await work(harbour);
  } finally {
    await harbour.stop();
  }
}

/** Works with one repository, and ends its lines. */
export async function withRepository<T>(
  { openRepository: open, parseReference: parse }: typeof registry,
  name: string,
  options: RegistryOptions,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const repository = open(parse(name), options);
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}

/** Pushes both images; their layer is the same. */
async function fill({ host }: LocalRegistry, bytes: Buffer): Promise<Descriptor> {
  const of = (bytes: Buffer, mediaType: string): Descriptor => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const layer = of(bytes, 'application/vnd.oci.image.layer.v1.tar');
  const diffs = { type: 'layers', diff_ids: [layer.digest] };
  const configBytes = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: diffs }));
  const config = of(configBytes, 'application/vnd.oci.image.config.v1+json');
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: KIND, config, layers: [layer] }));
  for (const name of ['open/lab', 'closed/lab']) {
    const repository = openRepository(parseReference(`${host}/${name}`), asAda);
    try {
      await repository.push(config, { open: (from) => Readable.from([configBytes.subarray(from)]) });
      await repository.push(layer, { open: (from) => Readable.from([bytes.subarray(from)]) });
      await repository.put('latest', readManifest(manifest, KIND));
    } finally {
      await repository.close();
    }
  }
  return layer;
}
