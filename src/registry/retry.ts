/**
 * Trying again, each time later.
 *
 * A server that is overloaded is not helped by many who come back at once: the wait doubles each time, and chance
 * spreads it. If the server itself says when (Retry-After, RFC 9110, section 10.2.3), that is when; if it is too long
 * to sit and wait, the person is told instead.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Passing, RegistryError } from './failure.ts';
import type { RegistryOptions } from './registry.ts';

const ATTEMPTS = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
/** Nobody sits before a terminal for longer. */
const PATIENCE_MS = 120_000;

export type Patience = Pick<RegistryOptions, 'attempts' | 'sleep' | 'signal'>;

/** Runs the body until it does not throw a Passing; the last one becomes an error that says how often it was tried. */
export async function retrying<T>(
  patience: Patience,
  signal: AbortSignal | undefined,
  body: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++)
    try {
      return await body();
    } catch (error) {
      await pause(error, failures, patience, signal);
    }
}

/** Waits before the next attempt. Throws instead what cannot pass, or has not passed in so many attempts. */
export async function pause(error: unknown, failures: number, patience: Patience, signal?: AbortSignal): Promise<void> {
  if (!(error instanceof Passing)) throw error;
  const { attempts = ATTEMPTS, sleep = sleepFor, signal: whole } = patience;
  const { message, status, retryAfter, hint } = error;
  if (retryAfter !== undefined && retryAfter > PATIENCE_MS)
    throw new RegistryError('REGISTRY', message, { status, hint: `it asks to come back in ${inWords(retryAfter)}` });
  if (failures >= attempts)
    throw new RegistryError('REGISTRY', attempts > 1 ? `${message} (tried ${attempts} times)` : message, {
      status,
      hint,
    });
  await sleep(waitFor(failures, retryAfter), signal ?? whole);
}

/** Milliseconds before the next attempt, after so many failures. */
export function waitFor(failures: number, retryAfter?: number, chance = Math.random()): number {
  if (retryAfter !== undefined) return retryAfter;
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  return Math.round(longest * (0.5 + chance / 2));
}

/** Retry-After in milliseconds: seconds, or a date. */
export function retryAfterIn(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return wait(milliseconds, undefined, { signal });
}

function inWords(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}
