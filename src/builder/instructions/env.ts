/** `ENV NAME=value …`: variables of every program from here on, and of the container later. */
import type { EnvInstruction, Pair } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const env: Perform<EnvInstruction> = ({ config }, { pairs }) => ({
  config: { ...config, Env: withPairs(config.Env ?? [], pairs) },
  says: nop(config, ` ENV ${pairs.map(({ name, value }) => `${name}=${value}`).join(' ')}`),
  // The line has no quotes: a blank in it may be a part of a value, or stand between two pairs.
  also: pairs,
});

function withPairs(before: readonly string[], pairs: readonly Pair[]): string[] {
  const entries = new Map(before.map((entry) => [entry.split('=', 1)[0]!, entry]));
  for (const { name, value } of pairs) entries.set(name, `${name}=${value}`);
  return [...entries.values()];
}
