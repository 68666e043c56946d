/**
 * A registry's no, in its own words: `{ "errors": [{ "code": "MANIFEST_UNKNOWN", "message": "manifest unknown" }] }`.
 */
import { nameOf, type Answer, type Ask } from './ask.ts';
import { readUpTo } from './body.ts';
import { printable, RegistryError } from './failure.ts';

const LIMIT = 64 * 1024;

/** The error that an answer is. 401 and 403 are UNAUTHORIZED; who we said that we are stands in it. */
export async function refusal(ask: Ask, answer: Answer, whoWeAre?: string): Promise<RegistryError> {
  const { status } = answer;
  const words = wordsIn(await bodyOf(answer)) ?? meanings[status];
  const message = [`${nameOf({ ...ask, url: answer.url })}: ${status}`, words].filter(Boolean).join(': ');
  if (status !== 401 && status !== 403) return new RegistryError('REGISTRY', message, { status });
  const hint = 'drydock login HOST says who you are; a repository that does not exist is often refused in the same way';
  return new RegistryError('UNAUTHORIZED', whoWeAre ? `${message}, ${whoWeAre}` : message, { status, hint });
}

const meanings: Readonly<Record<number, string>> = {
  401: 'authentication required',
  403: 'denied',
  404: 'not found',
  429: 'too many requests',
};

async function bodyOf(answer: Answer): Promise<string> {
  try {
    return (await readUpTo(LIMIT, answer.body))?.toString() ?? '';
  } catch {
    return ''; // the line broke within the explanation; the status is known
  }
}

function wordsIn(text: string): string | undefined {
  try {
    const { errors, details } = JSON.parse(text) as {
      errors?: { code?: unknown; message?: unknown }[];
      details?: unknown;
    };
    const known = errors?.map(({ code, message }) => message || code) ?? [details];
    const words = known.filter((word) => typeof word === 'string' && word !== '');
    return words.length > 0 ? printable(words.join('; ')) : undefined;
  } catch {
    return undefined; // a page for people, from something between us and the registry
  }
}
