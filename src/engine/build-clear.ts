/** What builds of a killed engine have left: what they had mounted to look into, their folders, and secrets. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildsIn } from '../builder/build.ts';
import { unmountAll } from '../snapshots/mount.ts';

/** Their containers have folders among the others, and go with those (reconcile.ts). */
export function clearBuilds(root: string, run: string): void {
  const builds = buildsIn(root);
  for (const name of existsSync(builds) ? readdirSync(builds) : []) {
    const folder = join(builds, name);
    for (const inside of readdirSync(folder)) unmountAll(join(folder, inside));
    rmSync(folder, { recursive: true, force: true });
  }
  rmSync(secretsIn(run), { recursive: true, force: true });
}

/** In memory. */
export const secretsIn = (run: string): string => join(run, 'secrets');
