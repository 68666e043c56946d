/**
 * `try --step`: the container is built before your eyes. Before each step it stops and shows the call, why it is made,
 * and the line of the source that asks for it; after it, what has become different in the kernel.
 *
 *     Enter  next step          c  go on without pausing       q  give up
 *     s      a shell inside     e  what can go wrong here
 *
 * The child stands still between two messages of its conversation, so there is all the time in the world.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { DrydockError } from '../../errors.ts';
import { projectHome } from '../../linux/native.ts';
import type { Step } from '../../runtime/plan.ts';
import type { OuterStep } from '../../runtime/spawn.ts';
import { vocabulary } from '../../runtime/steps.ts';
import { endByHangUp } from '../../hangup.ts';
import { labelled, lookOf, type Look } from '../output.ts';
import { changes, readFacts, type Facts } from './facts.ts';
import { runInForeground, type ForegroundOptions } from './foreground.ts';
import { errnosOf } from './errnos.ts';
import { readKey } from './keys.ts';
import { outerFacts } from './outer.ts';
import { stepFacts, stepText } from './plan-text.ts';
import { shellInside } from './shell-inside.ts';

const KEYS = 'Enter next · s shell inside · e what can go wrong · c continue · q quit';

/** Runs a container step by step. The answer is its exit code, 130 when the person gave up, 129 when the terminal did. */
export async function stepThrough(options: ForegroundOptions, asked: { plain?: boolean }): Promise<number> {
  if (!isatty(0) || !isatty(2))
    throw new DrydockError('BAD_USAGE', '--step needs a terminal to wait for your keys', {
      hint: '--trace prints the steps without waiting; --explain prints the plan',
    });
  const walk = new Walk(options, lookOf(process.stderr, asked));
  try {
    return await runInForeground({ ...options, onStep: (step, index, pid) => walk.before(step, index, pid) }, () =>
      walk.finish(),
    );
  } catch (error) {
    if (error instanceof GivenUp) return 128 + error.signal;
    throw error;
  }
}

class GivenUp extends Error {
  constructor(readonly signal: number) {
    super('given up');
  }
}

/** What was seen so far, and whether to pause. */
class Walk {
  private facts: Facts = readFacts('self');
  private pid: number | undefined;
  private pausing = true;

  constructor(
    private readonly options: ForegroundOptions,
    private readonly look: Look,
  ) {}

  /** Called while the child waits for our answer. */
  async before(step: Step | OuterStep, index: number, pid: number | undefined): Promise<void> {
    if (pid !== undefined) this.pid = pid;
    // The clone copies us as we are now: what the child has different is the clone's doing.
    if (index < 0) this.facts = readFacts('self');
    this.showChanges();
    const facts = 'phase' in step ? stepFacts(step) : outerFacts(step);
    say(`${this.look.style.bold(index < 0 ? 'born' : `step ${index}`)}  ${vocabularyPage(facts.call)}`);
    say(stepText(facts, this.look));
    if ('phase' in step) this.showSource(step.at.place);
    while (this.pausing && !(await this.answered(step)));
  }

  /** After the last step that can be watched. */
  finish(): void {
    this.showChanges();
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
        say('    going back is not possible yet: start again with --step');
        return false;
      default:
        return key === '\r' || key === '\n' || key === ' ';
    }
  }

  private async shell(): Promise<void> {
    if (this.pid === undefined) return say('    there is no process yet: it is born with the next step');
    say('    a shell in the half-built container; `exit` comes back');
    await shellInside(this.pid, this.options);
  }

  private showChanges(): void {
    if (this.pid === undefined) return;
    const now = readFacts(this.pid);
    const { style } = this.look;
    for (const { fact, added, removed } of changes(this.facts, now)) {
      removed.forEach((line) => say(style.red(this.fitted(`- ${fact}`, line))));
      added.forEach((line) => say(style.green(this.fitted(`+ ${fact}`, line))));
    }
    this.facts = now;
  }

  private showSource(place: string): void {
    const text = sourceLine(place);
    if (text !== undefined) say(`${this.look.style.dim(`    ${place}`)}\n${this.fitted('', text)}`);
  }

  private fitted(label: string, text: string): string {
    return labelled(label, text, { indent: 4, label: label === '' ? 0 : 15, columns: this.look.columns });
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function vocabularyPage(call: string): string {
  const name = call.slice(0, call.indexOf('('));
  return Object.hasOwn(vocabulary, name) ? vocabulary[name as keyof typeof vocabulary].manual : `${name}(2)`;
}

/** The text of `file:line` in the project; undefined when it cannot be read. */
function sourceLine(place: string): string | undefined {
  const [, file, line] = /^(.*):(\d+)$/.exec(place) ?? [];
  if (!file) return undefined;
  try {
    const path = file.startsWith('/') ? file : join(projectHome(), file);
    return readFileSync(path, 'utf8').split('\n')[Number(line) - 1]?.trim();
  } catch {
    return undefined; // A bundle without its sources.
  }
}
