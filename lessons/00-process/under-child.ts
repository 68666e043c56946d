/**
 * Containers whose child is the learner's: a helper that was linked with their C, or a real child that hangs on the
 * strings of their TypeScript.
 *
 * A child that never says a word would let its parent wait for ever. So whoever starts one waits for it only so long,
 * and then ends it: the kernel knows who is our child and still has no program. One that has forked leaves a process
 * that is nobody's child; it is known by the fifo that it holds.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { DrydockError } from '../../src/errors.ts';
import type { Bench } from '../../src/learn/check/check.ts';
import { childStrings, type BecomeProgram } from '../../src/learn/child-puppet.ts';
import { allPids, childrenOf } from '../../src/learn/facts.ts';
import { slowness } from '../../src/learn/slowness.ts';
import { signalName } from '../../src/linux/constants.ts';
import { features } from '../../src/linux/features.ts';
import { native } from '../../src/linux/native.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import { upTo } from '../up-to.ts';

export const CHILD = 'addon/shim/child.c#become_program';

const PATIENCE_MS = 3000 * slowness;
const SIGKILL = 9; // our own

/** What became of starting one. */
export interface Outcome<T> {
  readonly started?: T;
  readonly error?: unknown;
  /** The message of the error; empty without one. */
  readonly why: string;
  /** It has said nothing for seconds, and was ended. */
  readonly isSilent: boolean;
  /** The kernel has ended it for what it did: by SIGSEGV, say. */
  readonly fault?: string;
  /** What the learner's TypeScript did wrong by itself, to be put behind what happened. */
  readonly trouble: string;
}

/** Starts something with the learner's child; `start` gets the standard input that the child needs. */
export async function underChild<T>(t: Bench, start: (stdin?: number) => Promise<T>): Promise<Outcome<T>> {
  const solved = t.solved(CHILD);
  if (solved.kind === 'program') return settled(start());
  const { theirs, pull } = childStrings();
  let trouble = '';
  pull(solved.run as unknown as BecomeProgram).catch((error: unknown) => {
    trouble = `; becomeProgram() threw: ${error instanceof Error ? error.message : String(error)}`;
  });
  try {
    return { ...(await settled(start(theirs))), trouble };
  } finally {
    closeSync(theirs);
  }
}

async function settled<T>(starting: Promise<T>): Promise<Outcome<T>> {
  let isSilent = false;
  const late = setTimeout(() => {
    isSilent = true;
    for (const { pid, name } of childrenOf(process.pid)) if (name === 'drydock:child') process.kill(pid, 'SIGKILL');
  }, PATIENCE_MS);
  try {
    return { started: await starting, why: '', isSilent, trouble: '' };
  } catch (error) {
    endStrays();
    const why = error instanceof Error ? error.message : String(error);
    return { error, why, isSilent, trouble: '', fault: isSilent ? undefined : faultOf(error) };
  } finally {
    clearTimeout(late);
  }
}

/** What the kernel has ended the child for, also one that was not born yet: nobody else has asked how that one ended. */
function faultOf(error: unknown): string | undefined {
  if (error instanceof DrydockError && /ended by SIG/.test(error.message)) return `${error.message}: ${error.hint}`;
  for (const { pid, name, state } of childrenOf(process.pid)) {
    if (name !== 'drydock:child' || state !== 'Z') continue;
    const signal = (native.waitpid(pid, 0)?.status ?? 0) & 0x7f;
    if (signal !== 0 && signal !== SIGKILL) return `it was ended by ${signalName(signal)} before it was born`;
  }
  return undefined;
}

/** The exit code of a child that has walked to its execve, and is refused there: nothing starts, and somebody waits. */
export async function endOf(t: Bench, program: string): Promise<number> {
  const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
  const id = `check-end-${process.hrtime.bigint()}`;
  const spec = defaultSpec({ args: [program], root: '/' }, features());
  const stack = upTo('process', t.stack);
  const nothing = openSync('/dev/null', 'r+');
  const { started, error } = await underChild(t, (stdin = nothing) =>
    t.runtime.create({ id, run, spec, bundle: run, isolators: stack, stdio: [stdin, nothing, nothing] }),
  );
  closeSync(nothing);
  if (!started) throw error;
  try {
    const ended = started.wait();
    await assert.rejects(t.runtime.start(run, id, stack));
    return await ended;
  } finally {
    await t.runtime.remove(run, id, { force: true }, stack);
  }
}

function endStrays(): void {
  const run = realpathSync(process.env.DRYDOCK_RUN ?? '/run/drydock');
  for (const pid of allPids())
    if (readStat(pid)?.name.startsWith('drydock:') && filesOf(pid).some((file) => file.startsWith(`${run}/`)))
      process.kill(pid, 'SIGKILL');
}

function filesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch (error) {
    // It has ended meanwhile.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
