/** `--annotation NAME=VALUE`: words of a config that no section has a place for (config.md, "Annotations"). */
import { DrydockError } from '../../errors.ts';

/** Throws BAD_USAGE for what is no pair. */
export function annotationsOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const cut = entry.indexOf('=');
      if (cut > 0) return [entry.slice(0, cut), entry.slice(cut + 1)];
      throw new DrydockError('BAD_USAGE', `'--annotation ${entry}' is no pair`, { hint: '--annotation NAME=VALUE' });
    }),
  );
}
