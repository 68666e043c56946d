/** How Go's fmt prints values that are JSON (pkg.go.dev/fmt, "Printing"). */

/** A value as %v prints it. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, one]) => `${name}:${goText(one)}`).join(' ')}]`;
}

/** fmt.Sprintf: `%-10s`, `%5.1f`, `%q`, `%x` and so on. What is wrong is said in the text, as Go says it. */
export function printed(form: string, values: readonly unknown[]): string {
  let next = 0;
  const text = form.replace(/%([-+# 0]*)(\d*)(?:\.(\d*))?(\p{L}|%)/gu, (_, flags: string, width, precision, verb) => {
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next++];
    const one = byVerb(verb as string, value, precision === undefined ? undefined : Number(precision));
    if (one === undefined) return `%!${verb}(${kindOf(value)}=${goText(value)})`;
    const signed = flags.includes('+') && typeof value === 'number' && value >= 0 ? `+${one}` : one;
    return padded(signed, Number(width), flags, typeof value === 'number');
  });
  const more = values.slice(next).map((value) => `${kindOf(value)}=${goText(value)}`);
  return more.length > 0 ? `${text}%!(EXTRA ${more.join(', ')})` : text;
}

/** Undefined for a verb that does not fit the value. */
function byVerb(verb: string, value: unknown, precision?: number): string | undefined {
  const isNumber = typeof value === 'number';
  const isText = typeof value === 'string';
  if (verb === 'v' || (verb === 's' && !isNumber && typeof value !== 'boolean'))
    return isText ? [...goText(value)].slice(0, precision).join('') : goText(value);
  if (verb === 'q' && isText) return JSON.stringify(value);
  if (verb === 't' && typeof value === 'boolean') return String(value);
  if (/x/i.test(verb) && (isNumber || isText)) {
    const hex = isNumber ? value.toString(16) : Buffer.from(value).toString('hex');
    return verb === 'X' ? hex.toUpperCase() : hex;
  }
  if (!isNumber) return undefined;
  if (verb === 'd' && Number.isInteger(value)) return String(value);
  if (verb === 'f') return value.toFixed(precision ?? 6);
  return undefined;
}

function padded(text: string, width: number, flags: string, isNumber: boolean): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!isNumber || !flags.includes('0')) return text.padStart(width);
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(text)!;
  return sign + digits.padStart(width - sign.length, '0');
}

const kindOf = (value: unknown): string =>
  (
    ({ string: 'string', boolean: 'bool', number: Number.isInteger(value) ? 'int' : 'float64' }) as Record<
      string,
      string
    >
  )[typeof value] ?? (Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}');
