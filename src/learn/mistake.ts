/**
 * What learners get wrong: code in a slot's place, the check that it fails first, and what the hint must say of it.
 *
 * A hint that nobody can reach teaches nobody, and one that does not name the mistake teaches the wrong thing. So every
 * check has at least one mistake that provokes it, and the author's checker (author.ts) makes them all.
 */
export interface Mistake {
  /** What was misunderstood, as a person would say it. */
  readonly title: string;
  /** Name of the slot. */
  readonly slot: string;
  /** Lines that stand in place of the body of the reference. */
  readonly body: readonly string[];
  /** Title of the check that fails first. */
  readonly fails: string;
  /** What one of its three hints must say. */
  readonly hint: RegExp;
}
