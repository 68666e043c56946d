/** How a guest ends: asked to, or at once; and how it is removed. */
import { rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStat } from '../linux/procfs.ts';
import type { Series } from './debian.ts';
import { guestFolder, hasDisk, isReady, running, sshWords, type State } from './guest.ts';

const DOWN_SECONDS = 60;

/**
 * In good order; as it was found, or not there at all; in the middle of its start, with a disk that is whole; or by force,
 * which has lost something.
 */
export type End = 'in order' | 'down before' | 'no guest' | 'while it booted' | 'by force';

/** Ends the guest in good order; by force after a minute in which it has not obeyed. */
export async function down(series: Series): Promise<End> {
  const state = running(series);
  if (!state) return hasDisk(series) ? 'down before' : 'no guest';
  if (!isReady(series)) {
    await stop(series);
    return 'while it booted';
  }
  const asked = spawn('ssh', [...sshWords(series, state), 'poweroff'], { stdio: 'ignore' });
  await gone(state, DOWN_SECONDS);
  asked.kill();
  if (!running(series)) return 'in order';
  await stop(series);
  return 'by force';
}

/** Ends qemu at once. What the guest had not written to its disk is lost; ext4's journal keeps the rest whole. */
export async function stop(series: Series): Promise<void> {
  const state = running(series);
  if (!state) return;
  process.kill(state.pid, 'SIGKILL');
  await gone(state, DOWN_SECONDS);
}

/**
 * Waits until nothing of a qemu is left. Its first thread ends before those that give its memory back, and until the last
 * has done so the disk is locked: a zombie with threads is not gone.
 */
async function gone({ pid }: State, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  const isThere = (): boolean => {
    const stat = readStat(pid);
    return stat !== undefined && (stat.state !== 'Z' || stat.threads > 1);
  };
  while (isThere() && Date.now() < deadline) await sleep(100);
}

/** Removes a guest with its disk and snapshots; images and kernels stay. Answers whether there was one. */
export async function destroy(series: Series): Promise<boolean> {
  if (!hasDisk(series)) return false;
  await stop(series);
  rmSync(guestFolder(series), { recursive: true });
  return true;
}
