/**
 * `try --step`: the container is built before your eyes. Before each step it stops and shows the call, why it is made,
 * and the line of the source that asks for it; after it, what has become different in the kernel.
 *
 *     Enter  next step          b  back: again, up to the step before     q  give up
 *     s      a shell inside     e  what can go wrong here                 c  go on without pausing
 *
 * The child stands still between two messages of its conversation, so there is all the time in the world. What the
 * kernel has done it does not take back: to go back, the container is given up and another one built up to there.
 */
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { DrydockError } from '../../errors.ts';
import type { Step } from '../../runtime/plan.ts';
import type { OuterStep } from '../../runtime/spawn.ts';
import { endByHangUp } from '../../hangup.ts';
import { labelled, lookOf, type Look } from '../output.ts';
import { runInForeground, type ForegroundOptions } from './foreground.ts';
import { errnosOf } from './errnos.ts';
import { readKey } from './keys.ts';
import { observed, Observer } from './observed.ts';
import { stepText } from './plan-text.ts';
import { shellInside } from './shell-inside.ts';

const KEYS = 'Enter next · b back · s shell inside · e errors · c continue · q quit';

/** Makes ready what one container needs, and takes it away afterwards. */
export type Once = <T>(body: () => Promise<T>) => Promise<T>;

/** Runs a container step by step. The answer is its exit code, 130 when the person gave up, 129 when the terminal did. */
export async function stepThrough(options: ForegroundOptions, asked: { plain?: boolean }, once: Once): Promise<number> {
  if (!isatty(0) || !isatty(2))
    throw new DrydockError('BAD_USAGE', '--step needs a terminal to wait for your keys', {
      hint: '--trace prints the steps without waiting; --explain prints the plan',
    });
  for (let first = 0; ;) {
    const walk = new Walk(options, lookOf(process.stderr, asked), first);
    const onStep = (step: Step | OuterStep, index: number, pid?: number): Promise<void> =>
      walk.before(step, index, pid);
    try {
      return await once(() => runInForeground({ ...options, onStep }, () => walk.finish()));
    } catch (error) {
      if (error instanceof GivenUp) return 128 + error.signal;
      if (!(error instanceof GoneBack)) throw error;
      first = error.to;
    }
  }
}

class GivenUp extends Error {
  constructor(readonly signal: number) {
    super('given up');
  }
}

class GoneBack extends Error {
  constructor(readonly to: number) {
    super('gone back');
  }
}

/** What was seen so far, and whether to pause. */
class Walk {
  private readonly observer = new Observer();
  private pid: number | undefined;
  private pausing = true;
  private count = -1;

  /** `first` is the first step that somebody wants to see. */
  constructor(
    private readonly options: ForegroundOptions,
    private readonly look: Look,
    private readonly first: number,
  ) {}

  /** Called while the child waits for our answer. */
  async before(step: Step | OuterStep, index: number, pid: number | undefined): Promise<void> {
    if (pid !== undefined) this.pid = pid;
    if (index < 0) this.observer.atBirth();
    this.count++;
    if (this.count < this.first) return;
    this.showChanges(this.count > this.first || this.first === 0);
    const about = observed(step);
    say(`${this.look.style.bold(index < 0 ? 'born' : `step ${index}`)}  ${about.manual}`);
    say(stepText(about, this.look));
    if (about.source !== undefined) say(`${this.look.style.dim(`    ${about.at}`)}\n${this.fitted('', about.source)}`);
    while (this.pausing && !(await this.answered(step)));
  }

  /** After the last step that can be watched. */
  finish(): void {
    this.showChanges(true);
    say(this.look.style.bold('the program starts'));
  }

  /** One key. True when the step may be taken. */
  private async answered(step: Step | OuterStep): Promise<boolean> {
    process.stderr.write(this.look.style.dim(`[${KEYS}] `));
    const key = await readKey();
    say('');
    switch (key) {
      case undefined:
        endByHangUp();
        throw new GivenUp(constants.signals.SIGHUP);
      case 'q':
      case '\x03':
      case '\x04':
        throw new GivenUp(constants.signals.SIGINT);
      case 'c':
        this.pausing = false;
        return true;
      case 'e':
        errnosOf(step.call).forEach(([name, meaning]) => say(this.fitted(name, meaning)));
        return false;
      case 's':
        await this.shell();
        return false;
      case 'b':
        this.back();
        return false;
      default:
        return key === '\r' || key === '\n' || key === ' ';
    }
  }

  private back(): void {
    if (this.count === 0) return say('    this is the first step: there is nothing before it');
    say('    again, up to the step before');
    throw new GoneBack(this.count - 1);
  }

  private async shell(): Promise<void> {
    if (this.pid === undefined) return say('    there is no process yet: it is born with the next step');
    say('    a shell in the half-built container; `exit` comes back');
    await shellInside(this.pid, this.options);
  }

  private showChanges(isNews: boolean): void {
    if (this.pid === undefined) return;
    const found = this.observer.look(this.pid);
    if (!isNews) return;
    const { style } = this.look;
    for (const { fact, added, removed } of found) {
      removed.forEach((line) => say(style.red(this.fitted(`- ${fact}`, line))));
      added.forEach((line) => say(style.green(this.fitted(`+ ${fact}`, line))));
    }
  }

  private fitted(label: string, text: string): string {
    return labelled(label, text, { indent: 4, label: label === '' ? 0 : 15, columns: this.look.columns });
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
