/** A file of root's on the host that a container is given, under a path of its own: for attempts to write it. */
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Spec } from '../../src/runtime/spec.ts';

/** Makes a file of root's in a folder that everybody may pass, for as long as `body` takes. */
export async function withFile<T>(
  name: string,
  text: string,
  mode: number,
  body: (path: string) => Promise<T> | T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-user-'));
  chmodSync(folder, 0o755);
  const path = join(folder, name);
  try {
    writeFileSync(path, text);
    chownSync(path, 0, 0);
    chmodSync(path, mode);
    return await body(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The config with this file of the host's at /mnt/NAME, writable as far as its mode goes. */
export function scratchFile(spec: Spec, path: string): Spec {
  const mount = { destination: join('/mnt', basename(path)), type: 'bind', source: path, options: ['bind', 'rw'] };
  return { ...spec, mounts: [...(spec.mounts ?? []), mount] };
}
