/**
 * Asks TypeScript whether a learner's file fits where it will stand.
 *
 * The settings are those of the workspace's own tsconfig.json (workspace.ts), so an editor and a check say the same.
 * Only the learner's files are reported: ours are checked elsewhere. The first time costs a second or more, because the
 * libraries have to be read; what has been read is kept for as long as it is the same.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type TypeScript from 'typescript';
import { tsconfig } from './workspace.ts';

export interface TypeError {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What is wrong with the types of a file; the most precise line of each message. */
export async function typeErrors(file: string): Promise<TypeError[]> {
  const { default: ts } = await import('typescript');
  const program = programOf(ts, lessonFolderOf(file), file);
  const source = program.getSourceFile(file);
  if (!source) return [];
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((found) => ({
    file,
    line: source.getLineAndCharacterOfPosition(found.start ?? 0).line + 1,
    message: deepest(ts.flattenDiagnosticMessageText(found.messageText, '\n')),
  }));
}

let latest: { readonly texts: string; readonly program: TypeScript.Program } | undefined;

/** One program for all files of a lesson: its slots are asked for one after another, and TypeScript thinks once. */
function programOf(ts: typeof TypeScript, folder: string, file: string): TypeScript.Program {
  const found = existsSync(join(folder, 'tsconfig.json')) ? ts.sys.readDirectory(folder, ['.ts']) : [];
  const files = [...new Set([...found, file])];
  const texts = files.map((one) => `${one}\0${ts.sys.readFile(one)}`).join('\0');
  if (latest?.texts === texts) return latest.program;
  const { options, errors } = ts.parseJsonConfigFileContent(
    JSON.parse(tsconfig()),
    { ...ts.sys, readDirectory: () => [] },
    folder,
  );
  if (errors.length > 1) throw new Error(ts.flattenDiagnosticMessageText(errors[0]!.messageText, '\n'));
  if (!options.typeRoots?.some((root) => existsSync(join(root, 'node')))) options.types = [];
  const program = ts.createProgram(files, options, keeping(ts, options));
  latest = { texts, program };
  return program;
}

const kept = new Map<string, { readonly time: number; readonly source: TypeScript.SourceFile }>();

/** Reads each file once, and again when it has changed. */
function keeping(ts: typeof TypeScript, options: TypeScript.CompilerOptions): TypeScript.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    getSourceFile(name, ...how) {
      const time = statSync(name, { throwIfNoEntry: false })?.mtimeMs;
      const known = kept.get(name);
      if (known && known.time === time) return known.source;
      const source = host.getSourceFile(name, ...how);
      if (source && time !== undefined) kept.set(name, { time, source });
      return source;
    },
  };
}

/** The folder with the lesson's tsconfig.json: `rootDirs` counts from there. */
function lessonFolderOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'tsconfig.json'))) return folder;
  return dirname(dirname(file));
}

/** TypeScript begins with the whole function that does not fit and ends with the one word in it that is wrong. */
function deepest(message: string): string {
  return message.split('\n').at(-1)!.trim();
}
