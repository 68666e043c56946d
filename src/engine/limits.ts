/** What this machine can limit, for `info`, and what is said when it cannot. */
import { canLimitSwap, controllersHere } from '../runtime/cgroupfs.ts';

export type Limits = Record<
  | ('MemoryLimit' | 'SwapLimit' | 'KernelMemory' | 'KernelMemoryTCP')
  | ('CpuCfsPeriod' | 'CpuCfsQuota' | 'CPUShares' | 'CPUSet' | 'PidsLimit'),
  boolean
>;

/** By the controllers that are there. */
export function limitsHere(all = controllersHere(), isSwapCounted = canLimitSwap()): Limits {
  return {
    MemoryLimit: all.has('memory'),
    SwapLimit: all.has('memory') && isSwapCounted,
    // Of the kernel's own memory containers get no limit: kernels from 5.16 take none (memory.kmem.limit_in_bytes).
    KernelMemory: false,
    KernelMemoryTCP: false,
    CpuCfsPeriod: all.has('cpu'),
    CpuCfsQuota: all.has('cpu'),
    CPUShares: all.has('cpu'),
    CPUSet: all.has('cpuset'),
    PidsLimit: all.has('pids'),
  };
}

const warnings: Readonly<Partial<Record<keyof Limits, string>>> = {
  MemoryLimit: 'WARNING: No memory limit support',
  SwapLimit: 'WARNING: No swap limit support',
  CpuCfsQuota: 'WARNING: No cpu cfs quota support',
  CpuCfsPeriod: 'WARNING: No cpu cfs period support',
  CPUShares: 'WARNING: No cpu shares support',
  CPUSet: 'WARNING: No cpuset support',
  PidsLimit: 'WARNING: No pids limit support',
};

/** In Docker's words (daemon/info.go); its command line prints them under everything else; null for none. */
export function limitWarnings(limits: Limits): string[] | null {
  const missing = Object.entries(warnings).filter(([limit]) => !limits[limit as keyof Limits]);
  return missing.length > 0 ? missing.map(([, words]) => words) : null;
}
