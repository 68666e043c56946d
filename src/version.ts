/** Which Drydock this is: package.json says it, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectHome } from './linux/native.ts';

/** `0.1.0`. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectHome(), 'package.json'), 'utf8')) as { version: string };
  return version;
}
