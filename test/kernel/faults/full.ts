/**
 * Makes containers while the folder of their states gets full, in a mount namespace of its own: prints as JSON, for each
 * number of free pages or inodes, what came of it and what was left.
 */
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../../src/linux/native.ts';
import { create } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { boxed, cgroupsOf, folder, specOf } from '../support.ts';

export interface Round {
  free: number;
  error?: { name: string; code: string; message: string; errno: number };
  states: string[];
  cgroups: string[];
}

const what = process.argv[2] as 'pages' | 'inodes';
const PAGE = 4096;

/** A tmpfs as small as can be: 64 KiB, or 16 inodes. */
function small(path: string): void {
  mkdirSync(path);
  native.mount('tmpfs', path, 'tmpfs', 0, what === 'pages' ? 'size=64k,mode=700' : 'size=1m,nr_inodes=16,mode=700');
}

/** Takes all pages, or all inodes, but this many. */
function fill(path: string, free: number): void {
  const { bavail, ffree } = statfsSync(path);
  if (what === 'pages') return writeFileSync(join(path, 'filler'), Buffer.alloc((bavail - free) * PAGE));
  for (let i = 0; i < ffree - free; i++) writeFileSync(join(path, `filler-${i}`), '');
}

async function round(free: number): Promise<Round> {
  const run = join(folder, `full-${free}`);
  small(run);
  fill(run, free);
  const options = boxed({ run, spec: specOf({ args: ['sleep', '1000'] }) });
  const outcome: Round = { free, states: [], cgroups: [] };
  try {
    const box = await create(options);
    await remove(run, options.id, { force: true });
    await box.wait();
  } catch (error) {
    const { name, code, message, errno } = error as NonNullable<Round['error']>;
    outcome.error = { name, code, message, errno };
  }
  outcome.states = readdirSync(run).filter((entry) => !entry.startsWith('filler'));
  outcome.cgroups = cgroupsOf(options.id);
  native.umount2(run, 0);
  rmSync(run, { recursive: true });
  return outcome;
}

async function main(): Promise<void> {
  const rounds: Round[] = [];
  for (let free = 0; free <= 8; free++) rounds.push(await round(free));
  console.log(JSON.stringify(rounds));
}

void main();
