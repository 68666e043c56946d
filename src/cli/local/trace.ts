/**
 * `try --trace`: each step as it happens, with its result and how long it took. The child stops before every step for
 * our answer, so a step has gone well when the next one is announced; the times include that conversation.
 *
 * With --json each step is a line of data, with all that `--step` would show of it: the source line, the manual page, and
 * what has become different in the kernel. Everything goes to
 * standard error: standard output is the program's.
 */
import type { Step } from '../../runtime/plan.ts';
import type { OuterStep } from '../../runtime/spawn.ts';
import { lookOf } from '../output.ts';
import type { Change } from './facts.ts';
import { runInForeground, type ForegroundOptions } from './foreground.ts';
import { observed, Observer, type Observed } from './observed.ts';
import { stepText } from './plan-text.ts';

interface Options {
  json?: boolean;
  plain?: boolean;
}

/** Runs the container and prints its steps. */
export async function traced(options: ForegroundOptions, asked: Options): Promise<number> {
  const trace = new Trace(asked);
  const onStep = (step: Step | OuterStep, index: number, pid?: number): void => trace.before(step, index, pid);
  try {
    return await runInForeground({ ...options, onStep }, () => trace.finish('ok'));
  } catch (error) {
    trace.finish('failed');
    throw error;
  }
}

class Trace {
  private readonly observer: Observer | undefined;
  private pid: number | undefined;
  private pending: { about: Observed; since: number } | undefined;

  constructor(private readonly asked: Options) {
    this.observer = asked.json ? new Observer() : undefined;
  }

  before(step: Step | OuterStep, index: number, pid: number | undefined): void {
    if (pid !== undefined) this.pid = pid;
    this.finish('ok');
    if (index < 0) this.observer?.atBirth();
    this.pending = { about: observed(step), since: performance.now() };
  }

  finish(result: 'ok' | 'failed'): void {
    if (!this.pending) return;
    const { about, since } = this.pending;
    this.pending = undefined;
    const microseconds = Math.round((performance.now() - since) * 1000);
    // A step that was refused has changed nothing, and its process has ended: what that took along is not its doing.
    const isThere = result === 'ok' && this.pid !== undefined;
    const changes: Change[] = this.observer && isThere ? this.observer.look(this.pid!) : [];
    const line = this.asked.json
      ? JSON.stringify({ ...about, result, microseconds, changes })
      : stepText({ ...about, because: `${result}, ${microseconds} us` }, lookOf(process.stderr, this.asked));
    process.stderr.write(`${line}\n`);
  }
}
