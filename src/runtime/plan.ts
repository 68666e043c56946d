/**
 * The plan: the ordered list of what a container's process does before its program starts.
 *
 * It is data. Isolators record steps here and touch nothing; compose sorts them; encode.ts packs them for
 * drydock-shim, which walks them in the child; `--explain` prints them. A failed step is reported with the line that
 * recorded it, which for a learner is a line of the learner's own file.
 */
import { DrydockError } from '../errors.ts';
import { callSite, type CallSite } from './callsite.ts';
import { vocabulary, type ArgsOf, type Call } from './steps.ts';
import { type Fd, type Phase } from './words.ts';

/** One recorded step. */
export interface Step {
  readonly phase: Phase;
  readonly isolator: string;
  readonly call: Call;
  readonly args: readonly unknown[];
  /** Why, in a few words that a person who reads the plan wants to see. */
  because: string;
  /** Slot that receives the descriptor this step makes. */
  into?: string;
  /** Errnos that are no failure. */
  tolerate: readonly number[];
  /** The line that recorded it. */
  readonly at: CallSite;
}

/** What can be said about a step after it is recorded. */
export interface Note {
  /** Says why, for `--explain`. */
  because(reason: string): Note;
  /** Keeps the descriptor that the step makes, for later steps to name as `{ fd: slot }`; the last of them closes it. */
  into(slot: string): Note;
  /** Lists errnos that are no failure. */
  tolerate(...errnos: number[]): Note;
}

type Recorders = { [C in Call]: (...args: ArgsOf<C>) => Note };

/** What an isolator gets: one method for each word of the vocabulary. */
export type Plan = Recorders;

/** A plan being recorded, and what compose needs besides. */
export interface Recording {
  readonly steps: Step[];
  /** The recorder for one isolator; `own` is the phase of words that have none by themselves. */
  recorder(isolator: string, own: Phase | undefined): Plan;
}

/** Starts an empty recording. */
export function record(): Recording {
  const steps: Step[] = [];
  return {
    steps,
    recorder: (isolator, own) => new Recorder(steps, isolator, own) as unknown as Plan,
  };
}

/** Remembers for whom it records; the methods are those of the vocabulary, made once below. */
class Recorder {
  constructor(
    readonly steps: Step[],
    readonly isolator: string,
    readonly own: Phase | undefined,
  ) {}
}

for (const call of Object.keys(vocabulary) as Call[]) {
  const method = function (this: Recorder, ...args: unknown[]): Note {
    const step: Step = {
      phase: phaseOf(call, this),
      isolator: this.isolator,
      call,
      args,
      because: '',
      tolerate: [],
      at: callSite(method),
    };
    this.steps.push(step);
    return noteOf(step);
  };
  Object.defineProperty(Recorder.prototype, call, { value: method });
}

function phaseOf(call: Call, { isolator, own }: Recorder): Phase {
  const { phase } = vocabulary[call];
  if (phase !== 'own') return phase;
  if (own !== undefined) return own;
  throw new DrydockError('PLAN_INVALID', `${isolator}: ${call} has no phase by itself`, {
    isolator,
    call,
    hint: 'give the isolator a `phase`',
  });
}

function noteOf(step: Step): Note {
  const note: Note = {
    because(reason) {
      step.because = reason;
      return note;
    },
    into(slot) {
      step.into = slot;
      return note;
    },
    tolerate(...errnos) {
      step.tolerate = errnos;
      return note;
    },
  };
  return note;
}

/** Refers to the descriptor in a slot. */
export function slot(name: string): Fd {
  return { fd: name };
}
