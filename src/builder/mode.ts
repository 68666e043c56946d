/** `--chmod`: octal digits, or what chmod(1) calls symbolic: `u=rwX,go=rX`. */
import { DrydockError } from '../errors.ts';

const who: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };

/** The mode that a file with this one gets. Throws INSTRUCTION_FAILED for what is no mode. */
export function changedMode(wanted: string, mode: number, isFolder: boolean): number {
  if (/^[0-7]{1,4}$/.test(wanted)) return Number.parseInt(wanted, 8);
  return wanted.split(',').reduce((before, clause) => applied(clause, before, isFolder), mode);
}

function applied(clause: string, mode: number, isFolder: boolean): number {
  const [, users, operator, rights] = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause) ?? [];
  if (users === undefined)
    throw new DrydockError('INSTRUCTION_FAILED', `--chmod=${clause} is no mode`, { hint: 'as in 644, or u=rwX,go=rX' });
  const whose = [...(users || 'a')].reduce((all, one) => all | who[one]!, 0);
  const bits = [...rights!].reduce((all, one) => all | bitsOf(one, mode, isFolder), 0) & whose;
  if (operator === '+') return mode | bits;
  if (operator === '-') return mode & ~bits;
  return (mode & ~(whose & 0o777)) | bits;
}

function bitsOf(right: string, mode: number, isFolder: boolean): number {
  if (right === 'X') return isFolder || mode & 0o111 ? 0o111 : 0;
  return { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 }[right]!;
}
