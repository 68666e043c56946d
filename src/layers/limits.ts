/**
 * Where a hostile archive stops: security.md would call them caps. Each is far above what honest layers have, and low
 * enough that neither the memory nor a day is used up. CVE-2017-14992 was an archive of eight gigabytes of padding.
 */
import { DrydockError } from '../errors.ts';
import type { Limits } from './types.ts';

const [mebibyte, gibibyte] = [2 ** 20, 2 ** 30];

export const defaultLimits: Required<Limits> = {
  entries: 4_000_000,
  bytes: 256 * gibibyte,
  ratio: 2000, // gzip's own end is 1032
  header: mebibyte,
};

/** Below so many bytes no ratio is suspicious: a megabyte of zeros is a kilobyte. */
const ratioFrom = 64 * mebibyte;

export function tooLarge(what: string): DrydockError {
  return new DrydockError('ARCHIVE_TOO_LARGE', what, {
    hint: 'such archives are made to fill a disk or a memory; an honest one of this size can be split',
  });
}

/** Throws ARCHIVE_TOO_LARGE once the decompressed bytes are more than the limits allow. */
export function checkSize({ bytes, ratio }: Required<Limits>, expanded: number, compressed: number): void {
  if (expanded > bytes) throw tooLarge(`the archive has more than ${bytes} bytes`);
  if (expanded > ratioFrom && expanded > ratio * compressed)
    throw tooLarge(`the archive has more than ${ratio} bytes for each compressed one`);
}
