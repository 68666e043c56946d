/**
 * Which line called: recorded with every step, resolved only when somebody wants to see it.
 *
 * V8 keeps the frames when the error is made and formats them when `stack` is read, so recording costs about a
 * microsecond. The bundle's lines are translated to those of the source by its source map, also only on demand.
 */
import { readFileSync } from 'node:fs';
import { findSourceMap, SourceMap } from 'node:module';
import { relative, resolve, dirname } from 'node:path';

export interface CallSite {
  /** `src/runtime/isolators/uts.ts:11`, relative to the project, or absolute outside of it. */
  readonly place: string;
}

const project = projectFolder();
const maps = new Map<string, SourceMap | undefined>();

/** The line that called `callee`. */
export function callSite(callee: (...args: never[]) => unknown): CallSite {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const frames: { stack?: string } = {};
  Error.captureStackTrace(frames, callee);
  Error.stackTraceLimit = limit;
  let place: string | undefined;
  return {
    get place() {
      return (place ??= placeOf(frames.stack ?? ''));
    },
  };
}

function placeOf(stack: string): string {
  const frame = /\(?(?:file:\/\/)?(\/[^()]*?):(\d+):(\d+)\)?$/m.exec(stack);
  if (!frame) return 'unknown';
  const [, file = '', line = '0', column = '0'] = frame;
  // With --enable-source-maps, as in tests, Node has translated the frame already.
  const map = process.sourceMapsEnabled ? undefined : sourceMapOf(file);
  if (!map) return `${shortened(file)}:${line}`;
  const origin = map.findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalSource' in origin)) return `${shortened(file)}:${line}`;
  const source = origin.originalSource.replace(/^file:\/\//, '');
  return `${shortened(resolve(dirname(file), source))}:${origin.originalLine + 1}`;
}

function sourceMapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, findSourceMap(file) ?? mapBeside(file));
  return maps.get(file);
}

function mapBeside(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  } catch {
    // No map beside the file: it is the source itself.
    return undefined;
  }
}

function shortened(file: string): string {
  const inside = relative(project, file);
  return inside.startsWith('..') ? file : inside;
}

function projectFolder(): string {
  return process.env.DRYDOCK_HOME ?? resolve(__dirname, __dirname.endsWith('dist') ? '..' : '../..');
}
