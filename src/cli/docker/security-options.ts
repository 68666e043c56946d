/** `--security-opt`: a profile of seccomp is read here, because the engine may be on another machine. */
import { readFileSync } from 'node:fs';
import { CommandFailure } from './failure.ts';

export interface Security {
  readonly SecurityOpt: readonly string[] | null;
  readonly MaskedPaths: readonly string[] | null;
  readonly ReadonlyPaths: readonly string[] | null;
}

export function securityOf(words: readonly string[]): Security {
  const isBare = words.includes('systempaths=unconfined');
  const rest = words.filter((word) => word !== 'systempaths=unconfined').map(withProfile);
  return {
    SecurityOpt: rest.length > 0 ? rest : null,
    // null is the engine's own list, and an empty one is none.
    MaskedPaths: isBare ? [] : null,
    ReadonlyPaths: isBare ? [] : null,
  };
}

function withProfile(text: string): string {
  const [, key, value] = /^([^=:]+)[=:](.*)$/s.exec(text) ?? [];
  if (key === undefined) {
    if (text !== 'no-new-privileges') throw new CommandFailure(`Invalid --security-opt: ${JSON.stringify(text)}`, 125);
    return text;
  }
  if (key !== 'seccomp' || ['unconfined', 'builtin'].includes(value!)) return text;
  return `seccomp=${compact(value!)}`;
}

function compact(file: string): string {
  try {
    return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `open ${file}: no such file or directory` : message;
    throw new CommandFailure(`opening seccomp profile (${file}) failed: ${why}`, 125, error);
  }
}
