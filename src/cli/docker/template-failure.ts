/** How verbs tell what is wrong with a template: each has words and an exit code of its own. */
import { TemplateError } from '../format/template/errors.ts';
import type { Template } from '../format/template.ts';
import { CommandFailure } from './failure.ts';
import { print } from './print.ts';

export function told<T>(work: () => T, before: string, exitCode = 1): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TemplateError ? new CommandFailure(before + error.message, exitCode, error) : error;
  }
}

/** A line for one value; where it cannot be filled it ends early, and the failure follows. */
export function printFilled(fill: Template, value: unknown): void {
  try {
    print(`${fill(value)}\n`);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    print(`${error.soFar}\n`);
    throw new CommandFailure(error.message, 1, error);
  }
}
