/** A store of its own for each test, and short words for what tests do with it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContent, type Content, type Ingest, type Lease } from '../../../src/content/content.ts';
import { digestOf, type Digest } from '../../../src/content/digest.ts';

export interface Store {
  content: Content;
  lease: Lease;
  folder: string;
  /** An ingest of these bytes by their digest. Fails the test if they are here already. */
  coming(bytes: Buffer): Promise<Ingest>;
  /** What lies in ingest/. */
  parts(): string[];
}

const minute = 60_000;

export function withStore(body: (store: Store) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-content-'));
    try {
      const content = await openContent(folder);
      const lease = await content.lease('test', minute);
      const coming = async (bytes: Buffer): Promise<Ingest> => {
        const digest = digestOf(bytes);
        const ingest = await content.ingest({ key: digest, digest, size: bytes.length, lease });
        if (!ingest) throw new Error('the blob is here already');
        return ingest;
      };
      await body({ content, lease, folder, coming, parts: () => readdirSync(join(folder, 'ingest')) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

export const nothing = (): Iterable<Digest> => [];
