/**
 * Limits of a container as options, with Docker's names and units: `-m 64m --cpus 0.5 --pids-limit 100`.
 *
 * A limit of memory brings one of swap, twice as much for both together, as Docker has it: without, what does not fit
 * into memory goes to the disk, and the container takes that instead. Where this machine cannot limit swap we say so.
 */
import type { Options as YargsOptions } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { canLimitSwap } from '../../runtime/cgroupfs.ts';
import type { Resources } from '../../runtime/resources.ts';
import { warn } from '../../runtime/warning.ts';
import { amountOf, countOf } from '../../amount.ts';

export interface LimitOptions {
  memory?: string;
  memorySwap?: string;
  cpus?: string;
  cpuShares?: string;
  pidsLimit?: string;
}

const text = { type: 'string', requiresArg: true } as const;

export const limitOptions = {
  memory: { ...text, alias: 'm', describe: 'limit of memory, as in 64m' },
  'memory-swap': { ...text, describe: 'of memory and swap together; -1: none; else twice --memory' },
  cpus: { ...text, describe: 'processors, as in 0.5' },
  'cpu-shares': { ...text, alias: 'c', describe: 'its part when processors are short, 2 to 262144' },
  'pids-limit': { ...text, describe: 'processes; -1: no limit' },
} satisfies Record<string, YargsOptions>;

/** The kernel gives a quota for each of these; its default, and Docker's. */
const PERIOD = 100_000;
const LEAST_CPUS = 0.01;

/** The section of the config that the options come to. Throws BAD_USAGE. */
export function limitsOf({ memory, memorySwap, cpus, cpuShares, pidsLimit }: LimitOptions): Resources {
  const resources: Resources = {};
  if (memory !== undefined || memorySwap !== undefined) resources.memory = memoryOf(memory, memorySwap);
  if (cpus !== undefined || cpuShares !== undefined) resources.cpu = cpuOf(cpus, cpuShares);
  if (pidsLimit !== undefined) resources.pids = { limit: countOf('--pids-limit', pidsLimit) };
  return resources;
}

function memoryOf(memory: string | undefined, both: string | undefined): Resources['memory'] {
  if (memory === undefined)
    throw new DrydockError('BAD_USAGE', '--memory-swap is the limit of memory and swap together', {
      hint: 'say --memory too',
    });
  const limit = amountOf('--memory', memory);
  if (both !== undefined) return { limit, swap: amountOf('--memory-swap', both) };
  if (limit <= 0) return { limit };
  if (canLimitSwap()) return { limit, swap: 2 * limit };
  warn('this kernel does not count swap: what the container has there is not limited');
  return { limit };
}

function cpuOf(cpus: string | undefined, shares: string | undefined): Resources['cpu'] {
  return {
    ...(cpus === undefined ? {} : { quota: Math.round(processors(cpus) * PERIOD), period: PERIOD }),
    ...(shares === undefined ? {} : { shares: countOf('--cpu-shares', shares) }),
  };
}

function processors(text: string): number {
  const number = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
  if (number >= LEAST_CPUS) return number;
  throw new DrydockError('BAD_USAGE', `--cpus is a number like 0.5 or 2, at least ${LEAST_CPUS}, not '${text}'`);
}
