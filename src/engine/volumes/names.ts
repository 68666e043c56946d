/** What a volume may be called: its name is a folder's, so it is checked before any path is made of it (CVE-2014-9358). */
import { DrydockError } from '../../errors.ts';

/** Throws API_INVALID. */
export function checkName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name) && name.length <= 255) return;
  throw new DrydockError('API_INVALID', `create ${name}: ${complaintOf(name)}`, {
    hint: '`-v NAME:/place` is a volume, `-v /folder:/place` a folder of this machine',
  });
}

function complaintOf(name: string): string {
  if (name.length === 1) return 'volume name is too short, names should be at least two alphanumeric characters';
  if (name.length > 255) return 'volume name is too long, a file system takes 255 characters';
  return (
    `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. ` +
    'If you intended to pass a host directory, use absolute path'
  );
}
