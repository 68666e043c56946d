/**
 * A verb of Docker's: a table of options and a function. How many words it takes, its help and the complaints about its
 * command line follow from what is written here.
 */
import type { Client } from '../../client/client.ts';
import type { Flags, Values } from './flags.ts';

export interface Call<F extends Flags> {
  readonly client: Client;
  readonly flags: Values<F>;
  /** The options that were given, whatever their value. */
  readonly given: ReadonlySet<string>;
  readonly words: readonly string[];
  /** How the verb was called: `drydock container ls`. */
  readonly path: string;
}

/** At least so many words, and at most. */
export type Arity = readonly [number, number];
export const none: Arity = [0, 0];
export const one: Arity = [1, 1];
export const some: Arity = [1, Infinity];

export interface Command<F extends Flags = Flags> {
  /** After the verb's name: `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly usage: string;
  readonly about: string;
  readonly flags: F;
  readonly words: Arity;
  /** From the first word on everything is somebody else's command line. */
  readonly stopsAtWord?: boolean;
  /** Does nothing but print, maybe for ever: nothing is left to do when nobody reads. */
  readonly onlyPrints?: boolean;
  /** What `drydock x --help` adds below the options. */
  readonly notes?: string;
  /** Command lines that a person can copy, without `drydock`, and what each does. Each of them is run by a test. */
  readonly examples?: readonly (readonly [line: string, about: string])[];
  /** The exit code, if it is not 0. */
  run(call: Call<F>): Promise<number | void>;
}

/** So that the function knows the types of its own table. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whoever runs a verb does not know its table
export const command = <F extends Flags>(one: Command<F>): Command<any> => one;
