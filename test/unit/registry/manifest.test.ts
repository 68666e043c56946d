import assert from 'node:assert/strict';
import { digestOf } from '../../../src/content/digest.ts';
import { MANIFEST_LIMIT, readManifest } from '../../../src/registry/manifest.ts';
import { verified } from '../../../src/registry/verify.ts';

const oci = 'application/vnd.oci.image.manifest.v1+json';
const index = 'application/vnd.oci.image.index.v1+json';
const docker = 'application/vnd.docker.distribution.manifest.v2+json';

describe('a manifest', () => {
  const read = (document: unknown, kind = oci): unknown =>
    readManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), kind);

  it('is kept byte for byte, with the digest of those bytes', () => {
    const bytes = Buffer.from(`{ "schemaVersion" : 2,\n"layers":[] }`);
    assert.deepEqual(readManifest(bytes, docker), {
      descriptor: { mediaType: docker, digest: digestOf(bytes), size: bytes.length },
      bytes,
    });
    read({ schemaVersion: 2, manifests: [] }, index);
  });

  const wrong: [title: string, document: unknown, kind: string, reason: RegExp][] = [
    ['is both kinds at once', { schemaVersion: 2, layers: [], manifests: [] }, oci, /both 'layers' and 'manifests'/],
    ['is an index with a config', { schemaVersion: 2, config: {}, manifests: [] }, index, /both/],
    [
      'says another kind than it came as',
      { schemaVersion: 2, mediaType: docker, layers: [] },
      oci,
      /says .*docker.* came as .*oci/,
    ],
    [
      'is of schema 1',
      { schemaVersion: 1, fsLayers: [] },
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      /schema 1/,
    ],
    ['is of a version that nobody knows', { schemaVersion: 3, layers: [] }, oci, /schemaVersion is 3/],
    ['is no image', { schemaVersion: 2, layers: [] }, 'text/html', /"text\/html", which is no image/],
    ['has no layers', { schemaVersion: 2 }, oci, /no list 'layers'/],
    ['has no manifests', { schemaVersion: 2, manifests: 1 }, index, /no list 'manifests'/],
    ['is a list', [], oci, /no JSON object/],
    ['is no JSON', '{', oci, /no JSON object/],
    ['is too large', `{"x":"${' '.repeat(MANIFEST_LIMIT)}"}`, oci, /more than 4194304 bytes/],
  ];
  for (const [title, document, kind, reason] of wrong)
    it(`that ${title} is refused`, () => {
      assert.throws(() => read(document, kind), { code: 'MANIFEST_INVALID', message: reason });
    });
});

describe('bytes that are verified while they come', () => {
  const bytes = Buffer.from('0123456789');
  const blob = { mediaType: 'x', digest: digestOf(bytes), size: bytes.length };
  async function run(...pieces: string[]): Promise<string> {
    let handed = '';
    async function* come(): AsyncGenerator<Buffer> {
      for (const piece of pieces) yield Buffer.from(piece);
    }
    try {
      for await (const piece of verified(come(), blob)) handed += piece.toString();
      return handed;
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return `${code} after '${handed}': ${message.split(': ')[1]}`;
    }
  }

  it('are handed on in their pieces', async () => {
    assert.equal(await run('0123456789'), '0123456789');
    assert.equal(await run('0', '', '12345678', '9'), '0123456789');
  });

  it('end in an error when a bit differs, or one is missing, or too many', async () => {
    assert.match(await run('0123456788'), /^DIGEST_MISMATCH after '0123456788': what came is sha256/);
    assert.match(await run('01234', '5678'), /^DIGEST_MISMATCH after '012345678': 10 bytes were promised, and 9 came/);
    assert.match(await run('0123456789', 'x', 'never'), /^DIGEST_MISMATCH after '0123456789': more than the 10 bytes/);
  });

  it('differ from every text that differs in one bit', async () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const other = Buffer.from(bytes);
      other[bit >> 3]! ^= 1 << (bit & 7);
      async function* come(): AsyncGenerator<Buffer> {
        yield other;
      }
      await assert.rejects(
        verified(come(), blob)
          .next()
          .then(async () => {
            for await (const _ of verified(come(), blob));
          }),
        { code: 'DIGEST_MISMATCH' },
      );
    }
  });
});
