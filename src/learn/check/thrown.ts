/**
 * Finds the learner's own line in the stack of something that was thrown.
 *
 * The code runs from `.drydock/build`; the map beside it leads back to the file that the learner has open.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { buildFolder } from '../mine.ts';
import { friendly, type Workspace } from '../workspace.ts';

/** The message, and the topmost line of the learner's; without it when the stack shows none. */
export function thrownAt(error: unknown, work: Workspace): { message: string; at?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const message = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
  for (const [, file = '', line, column] of (error.stack ?? '').matchAll(/\(?(\/[^()\s]+):(\d+):(\d+)\)?$/gm)) {
    if (!file.startsWith(`${work.root}/`)) continue;
    // Where Node runs with --enable-source-maps the stack shows the learner's file already.
    const isBuilt = file.startsWith(buildFolder(work));
    const at = isBuilt ? original(file, Number(line), Number(column), work) : `${friendly(work, file)}:${line}`;
    if (at) return { message, at };
  }
  return { message };
}

function original(file: string, line: number, column: number, work: Workspace): string | undefined {
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalSource' in entry)) return undefined;
  const source = resolve(dirname(file), entry.originalSource);
  if (!source.startsWith(`${work.root}/`)) return undefined;
  return `${friendly(work, source)}:${entry.originalLine + 1}`;
}
