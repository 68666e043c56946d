/** What an instruction comes to, before it is done. */
import type { RunConfig } from '../images/config.ts';
import type { NewLayer } from '../images/extend.ts';
import type { Instruction } from './dockerfile/index.ts';
import type { Build, State, Step } from './builder.ts';
import type { Scope } from './variables.ts';

/** A stage as an instruction sees it. */
export interface Turn {
  readonly build: Build;
  readonly state: State;
  /** Of the state. */
  readonly config: RunConfig;
  readonly scope: Scope;
  readonly step: Step;
  /** A trigger of a base image after which others of the same step come. */
  readonly isPart?: boolean;
  /** Whether a CMD stands in this stage: an ENTRYPOINT takes away only the base image's. */
  readonly hasCommand: boolean;
  /** As the last MAINTAINER of this stage says. */
  readonly author?: string;
}

export interface Change {
  /** Default: as it was. */
  readonly config?: RunConfig;
  /** The line of history, which says everything that the outcome depends on but for `also`. */
  readonly says: string;
  readonly also?: unknown;
  /** Files depend on what the line does not say: it is no proof that another image was made in the same way (--cache-from). */
  readonly isUnsaid?: boolean;
  /** Makes the layer, when nobody has done that before. Undefined: no file has changed. */
  readonly layer?: () => Promise<NewLayer | undefined>;
}

export type Perform<I extends Instruction = Instruction> = (turn: Turn, instruction: I) => Change | Promise<Change>;

export const defaultShell = ['/bin/sh', '-c'];

export const shellOf = ({ Shell }: RunConfig): string[] => (Shell as string[] | undefined) ?? defaultShell;

/** As Docker says it of instructions that run nothing. */
export const nop = (config: RunConfig, text: string): string => `${shellOf(config).join(' ')} #(nop) ${text}`;

/** Go's %q of a list of strings. */
export const goList = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(' ')}]`;
