/**
 * An attack or an accident that is tried in both directions: a defence that never let anything through in the first
 * place proves nothing. `./drydock demo LESSON --break-it` plays a lesson's attacks; a test asserts them.
 */
import type { Demo, Show } from './demo/demo.ts';

/** What an attack may use: containers and processes that are gone afterwards. */
export type Target = Pick<Show, 'container' | 'outsider'>;

export interface Attack {
  readonly name: string;
  /** What the container is like that it succeeds against, and the one that it fails against. */
  readonly undefended: string;
  readonly defended: string;
  /** True when the attack got what it wanted; `seen` is what the kernel says then. */
  attempt(target: Target, isDefended: boolean): Promise<{ readonly succeeded: boolean; readonly seen: string }>;
}

/** The attacks of a lesson as a demo. */
export function breaking(attacks: readonly Attack[], about: Omit<Demo, 'scenes'>): Demo {
  return {
    ...about,
    scenes: attacks.map(({ name, undefended, defended, attempt }) => ({
      title: name.toUpperCase(),
      guess: 'which of the two holds?',
      async play(show) {
        const without = await attempt(show, false);
        show.fact(undefended, without.seen, [without.succeeded ? 'BAD' : 'GOOD']);
        const against = await attempt(show, true);
        show.fact(defended, against.seen, [against.succeeded ? 'BAD' : 'GOOD']);
      },
    })),
  };
}
