/** What is wrong with a template, in Go's words and with the place. */
import { DrydockError } from '../../../errors.ts';

/** `template: NAME:LINE: …` when it cannot be read, `template: NAME:LINE:BYTE: executing …` when it cannot be filled. */
export class TemplateError extends DrydockError {
  /** What was filled in before. */
  soFar = '';

  constructor(
    message: string,
    readonly whole: string,
  ) {
    super('BAD_USAGE', message, {
      hint: `in --format '${whole}'; the words are those of Go's text/template, as in docker`,
    });
  }
}

/** Does something with a template; what is wrong with it is told behind these words. */
export function blaming<T>(words: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(`${words}: ${error.message}`, error.whole) : error;
  }
}

/** Whether JavaScript has no stack left, for calls or for an expression. */
export const isStackOver = (error: unknown): boolean =>
  error instanceof RangeError && error.message.startsWith('Maximum call stack');

/** Whether a string would be longer than JavaScript can hold. */
export const isTextOver = (error: unknown): boolean =>
  error instanceof RangeError && error.message === 'Invalid string length';

/** A function cannot take what it was given. */
export class CallError extends Error {}

/** Counted from 1. */
export const lineAt = (text: string, pos: number): number => text.slice(0, pos).split('\n').length;

/** `1:14`: the line, and the bytes before it there. */
export function placeAt(text: string, pos: number): string {
  const before = text.slice(0, pos);
  return `${lineAt(text, pos)}:${Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1))}`;
}
