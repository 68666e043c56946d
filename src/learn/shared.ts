/**
 * What a rebuilt runtime and a learner's file have in common with us, instead of a copy of their own: what has an
 * identity (the error type, for `instanceof`), the loaded addon, and what has been found out about the kernel.
 */
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import * as errors from '../errors.ts';
import * as features from '../linux/features.ts';
import * as native from '../linux/native.ts';

const { projectHome } = native;

/** By their place in src. */
const shared: Readonly<Record<string, unknown>> = {
  'errors.ts': errors,
  'linux/features.ts': features,
  'linux/native.ts': native,
};

const SHARED = Symbol.for('drydock.learn.shared');

/** For esbuild: a shared module is taken from whoever loads what was built. */
export const sharing: Plugin = {
  name: 'sharing',
  setup(build) {
    const source = join(projectHome(), 'src');
    // Large, and not ours to change: loaded from where we have it.
    const { resolve } = createRequire(join(projectHome(), 'package.json'));
    build.onResolve({ filter: /^undici$/ }, ({ path }) => ({ path: resolve(path), external: true }));
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = relative(source, path);
      if (!Object.hasOwn(shared, place)) return undefined;
      return {
        contents: `module.exports = globalThis[Symbol.for('${SHARED.description}')][${JSON.stringify(place)}];`,
        loader: 'js',
      };
    });
  },
};

/** Loads something that was built so. */
export function shareWith<T>(load: () => T): T {
  (globalThis as Record<symbol, unknown>)[SHARED] = shared;
  return load();
}
