/**
 * The truth about images: which there are, and what they are called.
 *
 *     images/db.json   the one document; read whole, written beside, fsynced, renamed
 *     images/lock      whoever changes it holds this one (flock(2))
 *
 * A reader needs no lock: it sees the document before a change or after it. A change is a function on a copy, so it
 * happens as a whole or, if it throws, not at all; when `change` has returned it is on the disk.
 *
 * What foreign tools see of it (content/index.json) is made anew after each change, under the same lock, and never read
 * by us: a tool that has written there has changed nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import { writeDurably } from '../content/durable.ts';
import { withLock } from '../content/lock.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { parseDocument, validate, type Complaint } from '../validation.ts';
import { digestSchema } from './config.ts';
import { descriptor } from './manifest.ts';

const image = v.looseObject({
  /** Through which its layers can be had. */
  manifest: descriptor,
  /** When it last got a name, as Docker tells it; ISO 8601. */
  tagged: v.optional(v.string()),
  /** What it was committed from. */
  parent: v.optional(digestSchema),
  /** Of the instruction of a Dockerfile that made it on its parent (src/builder/cache.ts). */
  key: v.optional(v.string()),
});

const layer = v.looseObject({
  /** Bytes of the plain archive. */
  size: v.number(),
  /** Bytes of the files in it; missing where a Drydock has unpacked it that did not count them. */
  files: v.optional(v.number()),
  /** The blob that we have made of a plain one to push it. */
  compressed: v.optional(descriptor),
});

const schema = v.looseObject({
  version: v.literal(1, 'the number 1'),
  /** By id. */
  images: v.record(digestSchema, image),
  /** `docker.io/library/busybox:latest` to an id. */
  tags: v.record(v.string(), digestSchema),
  /** `docker.io/library/busybox@sha256:…` to an id: what a registry calls it, or has called it. */
  digests: v.record(v.string(), digestSchema),
  /** By diff ID. */
  layers: v.record(digestSchema, layer),
});

export interface ImageRecord {
  manifest: Descriptor;
  tagged?: string;
  parent?: Digest;
  key?: string;
}

export interface LayerRecord {
  size: number;
  files?: number;
  compressed?: Descriptor;
}

/** The document. */
export interface Data {
  version: 1;
  images: Record<Digest, ImageRecord>;
  tags: Record<string, Digest>;
  digests: Record<string, Digest>;
  layers: Record<Digest, LayerRecord>;
}

/** What `images` and `history` say a layer has: its files, or else its archive. */
export function sizeOfLayer({ layers }: Pick<Data, 'layers'>, diffId: Digest): number {
  const { files, size = 0 } = layers[diffId] ?? {};
  return files ?? size;
}

const empty = (): Data => ({ version: 1, images: {}, tags: {}, digests: {}, layers: {} });

const complaint: Complaint = {
  code: 'STATE_BROKEN',
  hint: 'it was changed by hand or by a broken disk; a copy of it from before would be right',
};

export class Database {
  private readonly path: string;

  /** `changed` is told of each change while nobody else can make one. */
  constructor(
    private readonly folder: string,
    private readonly changed: (data: Data) => Promise<void>,
  ) {
    this.path = join(folder, 'db.json');
  }

  /** As it is now: a copy of one's own. Throws STATE_BROKEN. */
  read(): Data {
    const text = textOf(this.path);
    if (text === undefined) return empty();
    return validate(schema, parseDocument(text, this.path, complaint), this.path, complaint) as Data;
  }

  /** Changes it; what the body answers is the answer. Nothing is changed if it throws. */
  async change<T>(body: (data: Data) => T | Promise<T>): Promise<T> {
    makeFolders(this.folder, 0o700);
    return withLock(join(this.folder, 'lock'), 'alone', async () => {
      const data = this.read();
      const before = JSON.stringify(data);
      const answer = await body(data);
      if (JSON.stringify(data) !== before) {
        await writeDurably(this.path, `${JSON.stringify(data, null, 1)}\n`);
        await this.changed(data);
      }
      return answer;
    });
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
