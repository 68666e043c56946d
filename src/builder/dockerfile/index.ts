/** From a Dockerfile's text to instructions; the file to read first is dockerfile.ts. */
import type { AnyInstruction, Dockerfile, Escape, Instruction } from './dockerfile.ts';

export type * from './dockerfile.ts';

/** Where words find what their variables hold; undefined is not set, which is not the same as empty. */
export interface Variables {
  get(name: string): string | undefined;
}

/** `name` is what messages call the file. */
export declare function parseDockerfile(text: string | Buffer, name?: string): Dockerfile;

/** One instruction out of a base image's `OnBuild`; always with `\` as its escape. */
export declare function parseTrigger(trigger: string): Instruction;

/** One word: variables, quotes and escapes done. */
export declare function expand(word: string, variables: Variables, escape?: Escape): string;

/** The words that one may become: what a variable holds is split at blanks, as EXPOSE needs. */
export declare function expandWords(word: string, variables: Variables, escape?: Escape): string[];

/** The instruction with all of its words expanded, as far as its kind expands them (RUN, CMD, … do not). */
export declare function expandInstruction<I extends AnyInstruction>(
  instruction: I,
  variables: Variables,
  escape?: Escape,
): I;

/** `.dockerignore`: true for a path, relative to the context and with `/`, that does not belong to it. */
export declare function parseIgnore(text: string): (path: string) => boolean;
