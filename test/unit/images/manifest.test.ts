import assert from 'node:assert/strict';
import { digestOf } from '../../../src/content/digest.ts';
import { parseImageManifest, parseIndex, parseManifest } from '../../../src/images/manifest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../../../src/images/media-types.ts';

const blob = (mediaType: string) => ({ mediaType, digest: digestOf(mediaType), size: 3 });
const config = blob(OCI_CONFIG);
const layers = [blob(`${OCI_LAYER}+gzip`)];
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };

describe('a manifest', () => {
  it('is read with what we do not know in it', () => {
    const read = parseImageManifest(bytes({ ...manifest, subject: config }), OCI_MANIFEST, 'it');
    assert.deepEqual(read.layers, layers);
    assert.deepEqual(read.subject, config);
  });

  const refused: [title: string, value: object, type: string, code: string, message: RegExp][] = [
    ['two things at once', { ...manifest, manifests: [] }, OCI_MANIFEST, 'MANIFEST_INVALID', /both|at once/],
    [
      'called two things',
      { ...manifest, mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
      OCI_MANIFEST,
      'MANIFEST_INVALID',
      /calls itself|says/,
    ],
    [
      'of a size that is no size',
      { ...manifest, config: { ...config, size: -1 } },
      OCI_MANIFEST,
      'MANIFEST_INVALID',
      /size/,
    ],
    [
      'with a digest that is a path',
      { ...manifest, config: { ...config, digest: '../x' } },
      OCI_MANIFEST,
      'MANIFEST_INVALID',
      /digest/,
    ],
  ];
  for (const [title, value, type, code, message] of refused)
    it(`is refused when it is ${title}`, () =>
      assert.throws(() => parseManifest(bytes(value), type, 'it'), { code, message }));

  it('of something that is no image is refused by what it is', () => {
    const chart = { ...manifest, config: blob('application/vnd.cncf.helm.config.v1+json') };
    assert.throws(() => parseImageManifest(bytes(chart), OCI_MANIFEST, 'it'), { code: 'UNSUPPORTED', message: /helm/ });
  });

  it('is no index, and an index is no manifest', () => {
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [blob(OCI_MANIFEST)] };
    assert.equal(parseIndex(bytes(index), OCI_INDEX, 'it').manifests.length, 1);
    assert.throws(() => parseManifest(bytes(index), OCI_INDEX, 'it'), { code: 'MANIFEST_INVALID' });
    assert.throws(() => parseIndex(bytes(manifest), OCI_MANIFEST, 'it'), { code: 'MANIFEST_INVALID' });
  });
});
