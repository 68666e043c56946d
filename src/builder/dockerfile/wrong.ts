/**
 * What is told about a Dockerfile that is not right:
 *
 *     Dockerfile:3:12: unknown flag: --form
 *       hint  did you mean '--from'?
 *
 * Editors jump to `file:line:column`. The text comes from somebody else, so words that are long are shown shortened.
 */
import { DrydockError } from '../../errors.ts';

/** A character of a file, both numbers from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function wrong({ file, line, column }: Place, message: string, hint: string): DrydockError {
  return new DrydockError('DOCKERFILE_INVALID', `${file}:${line}:${column}: ${message}`, { hint });
}

const LONGEST = 60;

/** A word out of the file as messages show it. */
export function shown(word: string): string {
  const quoted = JSON.stringify(word.length > LONGEST ? `${word.slice(0, LONGEST)}…` : word);
  return `'${quoted.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')}'`;
}
