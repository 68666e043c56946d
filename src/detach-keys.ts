/** The keys that let go of a container and leave it running, as people write them: `ctrl-p,ctrl-q`, `ctrl-a,x`. */
import { DrydockError } from './errors.ts';

const signs: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 };

/** The bytes that a terminal sends for them (moby/term, ascii.go). Throws BAD_USAGE for a key that there is not. */
export function bytesOfKeys(text: string): Buffer {
  return Buffer.from(text.split(',').map(byteOf));
}

function byteOf(key: string): number {
  const [, control = ''] = /^ctrl-(.)$/.exec(key) ?? [];
  if (/[a-z]/.test(control)) return control.charCodeAt(0) - 96;
  if (Object.hasOwn(signs, control)) return signs[control]!;
  if (key === 'DEL') return 127;
  if (/^[\0-\x7f]$/.test(key)) return key.charCodeAt(0);
  throw new DrydockError('BAD_USAGE', `Unknown character: '${key}'`, {
    hint: 'keys are single characters, ctrl- with a letter or one of @ [ \\ ] ^ _, and DEL, with commas between them',
  });
}

/** Docker's answer to keys that are none; `what` is its word for them at this place. Throws BAD_USAGE. */
export function refuseKeys(what: 'detach' | 'escape', text: string | undefined): void {
  try {
    if (text) bytesOfKeys(text);
  } catch (cause) {
    const { hint } = cause as DrydockError;
    throw new DrydockError('BAD_USAGE', `Invalid ${what} keys (${text}) provided`, { hint, cause });
  }
}
