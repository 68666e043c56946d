/**
 * What a registry wants to hear, in its own words: the header WWW-Authenticate of a 401 (RFC 9110, section 11.6.1).
 *
 *     Bearer realm="https://auth.example/token",service="registry.example",scope="repository:team/app:pull"
 *
 * The header is a list of challenges, each of which is a list, and both use the comma: only what follows tells whether
 * a comma ends the one or the other. A value in quotes may hold commas and backslashes (a scope does: `pull,push`), so
 * splitting the text is wrong. What cannot be read is left out; then there is nothing that we can answer, and the 401 is told.
 */

/** One way to say who we are. */
export interface Challenge {
  /** In small letters: `bearer`, `basic`. */
  readonly scheme: string;
  /** Their names in small letters. */
  readonly parameters: Readonly<Record<string, string>>;
}

const word = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(`[\\s,]*(${word})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`, 'y');
const scheme = new RegExp(`[\\s,]*(${word})(?=[\\s,]|$)`, 'y');

/** All challenges of a header, in its order. Several headers are the same as one with commas. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    const current = challenges.at(-1);
    const pair = current && take(parameter);
    if (pair) current.parameters[pair[1]!.toLowerCase()] = pair[2]?.replace(/\\(.)/g, '$1') ?? pair[3]!;
    else {
      const next = take(scheme);
      if (!next) return challenges;
      challenges.push({ scheme: next[1]!.toLowerCase(), parameters: Object.create(null) as Record<string, string> });
    }
  }
}
