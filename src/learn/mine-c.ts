/**
 * Builds a learner's C file into a static program: it will run where there is no C library of ours.
 *
 * A file of the shim is one of many. It is linked with the others, which lie in build/ as one archive, into a
 * drydock-shim of the learner's own (CMakeLists.txt does the same with ours): a third of a second.
 */
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';
import { symbolOf, type Slot } from './lesson.ts';
import { slowness } from './slowness.ts';
import { friendly, writeWork, type Workspace } from './workspace.ts';

const flags = [
  '-std=gnu11',
  '-static',
  '-O1',
  '-g',
  '-Wall',
  '-Wextra',
  // Both are mistakes that would come back as something else: from the linker, or as a number out of nowhere.
  '-Werror=implicit-function-declaration',
  '-Werror=return-type',
  '-fdiagnostics-color=never',
  '-fno-diagnostics-show-caret',
];
const LINES_SHOWN = 4;
const COMPILED_WITHIN_MS = 60_000 * slowness;

/** Whether a slot is a part of the shim, and so its program a whole drydock-shim. */
export function isOfShim({ source }: Pick<Slot, 'source'>): boolean {
  return source.startsWith('addon/shim/');
}

/**
 * The path of the program that `path`, written in place of a slot's file, becomes. Throws BUILD_FAILED with the
 * compiler's messages, SLOT_INVALID when the function is gone, UNSUPPORTED when there is no compiler.
 */
export async function buildC(work: Workspace, path: string, slot: Pick<Slot, 'name' | 'source'>): Promise<string> {
  const out = join('.drydock/build', path.replace(/\.c$/, ''));
  const archive = join(projectHome(), 'build/Release/libshim.a');
  const [headers, others] = isOfShim(slot) ? [['-I', join(projectHome(), 'addon')], [archive]] : [[], []];
  // Made empty first, with the learner's rights; the compiler then runs with them, too.
  writeWork(work, out, '', 0o755);
  const { uid, gid } = work.owner;
  const as = process.getuid!() === 0 ? { uid, gid } : {};
  const ran = spawnSync('cc', [...flags, ...headers, '-o', join(work.root, out), join(work.root, path), ...others], {
    cwd: work.root,
    encoding: 'utf8',
    timeout: COMPILED_WITHIN_MS,
    env: { ...process.env, LC_ALL: 'C', TMPDIR: join(work.root, '.drydock/build') },
    ...as,
  });
  if (ran.error)
    throw new DrydockError('UNSUPPORTED', `the C compiler cannot be started: ${ran.error.message}`, {
      hint: 'install gcc (Debian: apt-get install gcc libc6-dev)',
      cause: ran.error,
    });
  const symbol = symbolOf(slot);
  if (ran.stderr.includes(`undefined reference to \`${symbol}'`))
    throw functionIsGone(friendly(work, join(work.root, path)), symbol);
  if (ran.status !== 0) throw refused(work, path, ran.stderr);
  return join(work.root, out);
}

/** What a slot without its function is refused with, in any language. */
export function functionIsGone(where: string, symbol: string): DrydockError {
  return new DrydockError('SLOT_INVALID', `${where} has no function '${symbol}' any more`, {
    hint: 'the slot keeps its name: the runtime calls it by that',
  });
}

function refused(work: Workspace, path: string, stderr: string): DrydockError {
  const full = join(work.root, path);
  const lines = stderr.split('\n').filter((line) => /: (fatal )?error: |: warning: |undefined reference/.test(line));
  const errors = lines.filter((line) => !/warning:|^collect2: /.test(line));
  const shown = (errors.length ? errors : stderr.trim().split('\n')).slice(0, LINES_SHOWN);
  const line = new RegExp(`${basename(path).replace('.', '\\.')}:(\\d+)`).exec(shown[0] ?? '')?.[1];
  return new DrydockError('BUILD_FAILED', shown.map((text) => text.replaceAll(full, friendly(work, full))).join('\n'), {
    at: line && `${friendly(work, full)}:${line}`,
  });
}
