/**
 * From a method and a path to a route. Routes are tried in the order in which they stand; there are about a hundred, and
 * one look costs microseconds (book/decisions/0042-node-http.md).
 */
import { DrydockError } from '../errors.ts';
import type { Method, Route } from './api.ts';

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Entry {
  readonly route: Route;
  readonly pattern: RegExp;
}

export class Router {
  private readonly entries: readonly Entry[];

  constructor(routes: readonly Route[]) {
    this.entries = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  }

  /** Throws API_NO_SUCH_PAGE, in Docker's words. */
  find(method: string, path: string): Match {
    for (const { route, pattern } of this.entries) {
      if (!answers(route.method, method)) continue;
      const found = pattern.exec(path);
      if (found) return { route, params: decoded(found.groups ?? {}, path) };
    }
    throw new DrydockError('API_NO_SUCH_PAGE', 'page not found', { hint: `nothing answers to ${method} ${path}` });
  }
}

/** Node leaves the body out of an answer to HEAD by itself. */
const answers = (has: Method, asked: string): boolean => has === asked || (has === 'GET' && asked === 'HEAD');

function patternOf(path: string): RegExp {
  const source = path
    .replace(/[.]/g, '\\.')
    .replace(
      /\{(\w+)(\\\.\\\.\\\.)?\}/g,
      (_, name: string, slashes?: string) => `(?<${name}>${slashes ? '.+' : '[^/]+'})`,
    );
  return new RegExp(`^${source}$`);
}

function decoded(groups: Readonly<Record<string, string>>, path: string): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch (cause) {
    throw new DrydockError('API_INVALID', `the path ${path} is not encoded as URLs are`, {
      cause,
      hint: 'a percent sign stands before two hexadecimal digits',
    });
  }
}
