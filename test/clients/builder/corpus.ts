/**
 * The corpus: each folder of corpus/ is a context with its Dockerfile, and in `case.json` what is special about it.
 *
 * Git keeps neither times nor most modes, so a context is copied, made the same everywhere, and finished by the case's own
 * script: archives, links, modes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder } from '../support.ts';
import { CONTEXT_TIME } from './image.ts';

export interface Case {
  readonly name: string;
  /** For `docker build`; `{context}` is the folder. */
  readonly options?: readonly string[];
  /** For sh(1), in the context, before its times are set. */
  readonly prepare?: string;
  /** Both must refuse it, with words that match. */
  readonly fails?: string;
  /** Only BuildKit has this, and no daemon of Debian: what the files must be, `mode owner content`; null is no file. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** Paths, with all below, where dockerd is not followed, and why. */
  readonly differs?: Readonly<Record<string, string>>;
}

const home = join(__dirname, 'corpus');

export const cases: readonly Case[] = readdirSync(home)
  .sort()
  .map((name) => {
    const about = join(home, name, 'case.json');
    return { name, ...(existsSync(about) ? (JSON.parse(readFileSync(about, 'utf8')) as Partial<Case>) : {}) };
  });

/** A folder as it is sent. */
export function contextOf({ name, prepare }: Case): string {
  const folder = join(freshFolder('contexts'), name);
  execFileSync('cp', ['-r', join(home, name), folder]);
  rmSync(join(folder, 'case.json'), { force: true });
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', folder]);
  const touch = `find . -mindepth 1 -exec touch -h -d @${CONTEXT_TIME} {} +; touch -d @${CONTEXT_TIME} .`;
  execFileSync('sh', ['-ec', `umask 022; ${touch}; ${prepare ?? ':'}; ${touch}`], { cwd: folder, stdio: 'pipe' });
  return folder;
}
