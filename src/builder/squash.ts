/** `--squash`: everything that a build has put on its base, as one layer. What came and went in between has never been there. */
import { extend, plain } from '../images/extend.ts';
import { plainLayer } from '../images/import.ts';
import { register } from '../images/register.ts';
import { unpackLayers } from '../images/unpack.ts';
import { pack } from '../layers/index.ts';
import type { Build, State } from './builder.ts';
import { withTree } from './tree.ts';

export async function squash(build: Build, base: State, last: State): Promise<State> {
  const { store, lease, folder, now } = build;
  const held = await lease();
  const layer = await withTree(store, base, { what: 'the base', folder }, (lower) =>
    withTree(store, last, { what: 'the image', folder }, (upper) =>
      plainLayer(store, pack({ upper: upper.folder, lower: lower.folder, whiteouts: 'remove' }), held),
    ),
  );
  const had = base.config.history?.length ?? 0;
  const history = last.config.history?.map((line, i) => (i < had ? line : { ...line, empty_layer: true }));
  const below = { layers: base.layers, config: { ...last.config, history, rootfs: base.config.rootfs } };
  const made = await extend(store, held, below, {
    layer: plain(layer),
    config: last.config.config ?? {},
    created: now.toISOString(),
    createdBy: '',
    comment: `merge ${last.id ?? 'scratch'} to ${base.id ?? 'scratch'}`,
  });
  await unpackLayers(store, made.layers);
  await register(store, made, { parent: last.id });
  return made;
}
