/** Amounts as they are typed: `64m`, `1.5`. Throws an Error with Docker's sentence. */

const powers = 'kmgtp';

/** Bytes in binary units: `512`, `64m`, `1.5GiB`. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$/.exec(text);
  if (!match) throw new Error(`invalid size: '${text}'`);
  const [, number, unit = ''] = match;
  const power = /^$|^b$/i.test(unit) ? 0 : powers.indexOf(unit[0]!.toLowerCase()) + 1;
  if (!/^(b|[kmgtp](i?b)?)?$/i.test(unit)) throw new Error(`invalid suffix: '${unit.toLowerCase()}'`);
  return Math.trunc(Number(number) * 1024 ** power);
}

/** As bytes; -1 is no limit. */
export const bytesOrNone = (text: string): number => (text === '-1' ? -1 : bytes(text));

/** Processors as billionths: `1.5`. */
export function billionths(text: string): number {
  const number = /^\d*\.?\d*$/.test(text) && text !== '' && text !== '.' ? Number(text) * 1e9 : NaN;
  if (Number.isNaN(number)) throw new Error(`failed to parse ${text} as a rational number`);
  if (!Number.isInteger(Math.round(number * 1e3) / 1e3)) throw new Error('value is too precise');
  return Math.round(number);
}
