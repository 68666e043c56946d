/** Amounts as Docker and runc take them: 500, 64m, 1g; -1 is no limit. */
import { DrydockError } from './errors.ts';

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** The number that the text of an option stands for. Throws BAD_USAGE. */
export function amountOf(option: string, text: string): number {
  const [, number, unit = ''] = /^(-?\d+)([bkmgt]?)b?$/i.exec(text) ?? [];
  if (number !== undefined) return Number(number) * units[unit.toLowerCase()]!;
  throw new DrydockError('BAD_USAGE', `${option} is a number like 500 or 64m, not '${text}'`);
}

/** A number of things, which have no unit. Throws BAD_USAGE. */
export function countOf(option: string, text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new DrydockError('BAD_USAGE', `${option} is a number like 500, not '${text}'`);
}
