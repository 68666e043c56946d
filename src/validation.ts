/**
 * What a person is told about a document that is not as its schema says: the place, what should stand there, and what
 * does.
 *
 *     config.json: process.args: expected a list, found the string "sh"
 *
 * The library's own words speak of its types ("Invalid type: Expected Array"), so each kind of issue is put into ours
 * here; a check with a message of its own says what it expects in that message.
 */
import * as v from 'valibot';
import { DrydockError, type ErrorCode } from './errors.ts';

/** What a document of some kind has to say for itself when it is wrong. */
export interface Complaint {
  readonly code: ErrorCode;
  /** Where it is written what would be right. */
  readonly hint: string;
}

/**
 * A document as a value. A property that is null is absent: programs in Go, which write most of these documents, read it
 * so and write it for an empty list. Throws the complaint for what is no JSON.
 */
export function parseDocument(text: string, where: string, { code, hint }: Complaint): unknown {
  try {
    return JSON.parse(text, (_name, value: unknown) => value ?? undefined);
  } catch (cause) {
    throw new DrydockError(code, `${where} is not JSON: ${(cause as Error).message}`, { cause, hint });
  }
}

/** The value, typed. `where` names the document in errors. Throws the complaint for the first thing that is wrong. */
export function validate<S extends v.GenericSchema>(
  wanted: S,
  value: unknown,
  where: string,
  { code, hint }: Complaint,
): v.InferOutput<S> {
  const result = v.safeParse(wanted, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = v.getDotPath(issue) ?? '(the whole document)';
  throw new DrydockError(code, `${where}: ${place}: expected ${expected(issue)}, found ${found(issue.input)}`, {
    hint,
  });
}

const types: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  loose_object: 'an object',
  object: 'an object',
  record: 'an object',
};

function expected(issue: v.BaseIssue<unknown>): string {
  const { type, requirement, message } = issue;
  // A property that is missing is reported by the object which should have it.
  if (issue.kind === 'schema' && issue.received === 'undefined') return 'something, because it is required';
  if (type === 'picklist') return `one of ${issue.expected!.replace(/[()]/g, '').replaceAll(' | ', ', ')}`;
  if (type === 'integer') return 'a whole number';
  if (type === 'min_value') return `a number from ${String(requirement)} on`;
  if (type === 'max_value') return `a number up to ${String(requirement)}`;
  if (type === 'max_length') return `at most ${String(requirement)} entries`;
  return types[type] ?? message;
}

const LONGEST = 60;

/** A value with its JSON type, shortened. */
function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length ? `a list of ${value.length}` : 'an empty list';
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `the ${typeof value} ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}
