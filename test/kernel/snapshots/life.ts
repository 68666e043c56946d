/**
 * A whole life of snapshots, which goes on where an earlier one has ended: two layers, a container, a view. As a program of
 * its own it can be killed anywhere: `life.ts DRIVER FOLDER`.
 */
import { accessSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DriverName, Snapshotter } from '../../../src/snapshots/snapshotter.ts';
import { openStore } from '../../../src/snapshots/store.ts';
import { makers } from './makers.ts';

/** The path that the program looks for when it begins, and which nobody has: a mark among its calls. */
export const BEGIN = '/drydock-life-begins';

/** What each committed snapshot shows. */
export const shows: Readonly<Record<string, readonly string[]>> = { base: ['one'], next: ['one', 'two'] };

export async function live(snapshots: Snapshotter): Promise<void> {
  const has = async (name: string): Promise<boolean> => (await snapshots.walk()).some((one) => one.name === name);
  const layer = async (name: string, file: string, parent?: string): Promise<void> => {
    if (await has(name)) return;
    const key = `${name}-key`;
    if (!(await has(key))) await snapshots.prepare(key, parent);
    await snapshots.withTarget(key, ({ folder }) => writeFileSync(join(folder, file), file));
    await snapshots.commit(name, key);
  };
  await layer('base', 'one');
  await layer('next', 'two', 'base');
  if (!(await has('box'))) await snapshots.prepare('box', 'next');
  await snapshots.changes('box');
  if (!(await has('look'))) await snapshots.view('look', 'next');
  for (const key of ['look', 'box']) await snapshots.remove(key);
}

async function main([driver, folder]: string[]): Promise<void> {
  try {
    accessSync(BEGIN);
  } catch {
    // As it should be.
  }
  await live(await openStore(makers[driver as DriverName](), folder!));
}

if (process.argv.length === 4) void main(process.argv.slice(2));
