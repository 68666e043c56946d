/** How much memory an engine takes, and how much more for each container that runs: PSS, of smaps_rollup in proc(5). */
import { readdirSync, readFileSync } from 'node:fs';
import { readStat } from '../../src/linux/procfs.ts';
import type { WarmClient } from './api-client.ts';

const MANY = 20;

/** Kibibytes. */
export interface Memory {
  readonly idle: number;
  readonly each: number;
}

function pss(pids: Iterable<number>): number {
  return [...new Set(pids)]
    .map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]))
    .reduce((sum, one) => sum + one, 0);
}

/** A daemon with the daemon of its own, as dockerd’s containerd is. Containers are not in it, nor who watches over one. */
function engineOf(pid: number): number[] {
  const isOwn = (other: number): boolean => readStat(other)?.parent === pid && readStat(other)?.name === 'containerd';
  return [pid, ...readdirSync('/proc').map(Number).filter(isOwn)];
}

/** `each` is measured the second time, when the engine has grown as far as it does by itself. */
export async function memoryOf(pid: number, api: WarmClient): Promise<Memory> {
  await withMany(api, async () => undefined);
  const idle = pss(engineOf(pid));
  const busy = await withMany(api, async (watchers) => pss([...engineOf(pid), ...watchers]));
  return { idle, each: (busy - idle) / MANY };
}

/** `use` gets the processes that watch over the containers. */
async function withMany<T>(api: WarmClient, use: (watchers: number[]) => Promise<T>): Promise<T> {
  const ids: string[] = [];
  try {
    for (let i = 0; i < MANY; i++) {
      ids.push(await api.create({ Image: 'bench', Cmd: ['sleep', '100000'], HostConfig: { NetworkMode: 'none' } }));
      await api.start(ids.at(-1)!);
    }
    return await use(await Promise.all(ids.map(async (id) => readStat(await api.pid(id))!.parent)));
  } finally {
    for (const id of ids) await api.remove(id);
  }
}
