/** Bundles for the tests of `oci`: the lab's files, and the config that `oci spec` writes. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { freshFolder, output, root } from './support.ts';

export type Config = Record<string, unknown> & {
  process: { args: string[]; env?: string[]; terminal: boolean };
  linux: Record<string, unknown>;
};

/** A bundle with the lab's files and the config that `oci spec` writes, changed by `change`. */
export async function bundle(args: string[], change: (config: Config) => void = () => undefined): Promise<string> {
  const path = freshFolder('bundle');
  cpSync(await labRoot(root), join(path, 'rootfs'), { recursive: true, verbatimSymlinks: true });
  await output(['oci', 'spec', '--bundle', path]);
  const file = join(path, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Config;
  config.process.args = args;
  config.process.terminal = false;
  change(config);
  writeFileSync(file, JSON.stringify(config));
  return path;
}

/** What `oci state` says. */
export const state = async (id: string): Promise<{ status: string; pid: number; id: string; bundle: string }> =>
  JSON.parse(await output(['oci', 'state', id])) as never;
