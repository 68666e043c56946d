/**
 * The learner's folder, ~/drydock-work (DRYDOCK_WORK): one folder for each lesson, in a git repository of its own.
 *
 *     ~/drydock-work/pid/isolators/pid.ts      a real source file whose slots have been emptied
 *                    pid/README.md             what to do
 *                    pid/tsconfig.json         lets an editor find the types in the project
 *                    .drydock/progress.json    what has been passed
 *                    .drydock/last.json        the last check, for `hint`
 *                    .drydock/build/           what was compiled
 *                    .drydock/starters/        what each lesson was begun with (update.ts)
 *
 * The invariant: nothing here ever overwrites what a learner has written, but for `reset`, which keeps the old in git
 * first. Files are touched with the learner's own rights (owner.ts).
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { projectHome } from '../linux/native.ts';
import { as, invokingUser, ownerOf, type Owner } from './owner.ts';
import { filesOf, symbolOf, type Lesson } from './lesson.ts';
import { commit, initialise, isKept } from './git.ts';
import { hollow, readSource } from './source.ts';

export interface Workspace {
  readonly root: string;
  readonly owner: Owner;
}

/** Where the workspace is; it need not exist yet. */
export function workspace(): Workspace {
  const user = invokingUser();
  const root = process.env.DRYDOCK_WORK ?? join(user.home, 'drydock-work');
  if (!root.startsWith('/'))
    throw new DrydockError('WORKSPACE', `DRYDOCK_WORK must be the absolute path of a folder, not '${root}'`);
  return { root, owner: ownerOf(root, user) };
}

/** A path as a person writes it: with `~` for the owner's home. */
export function friendly({ owner }: Workspace, path: string): string {
  return owner.home !== '/' && path.startsWith(`${owner.home}/`) ? `~${path.slice(owner.home.length)}` : path;
}

export function lessonFolder(work: Workspace, lesson: Pick<Lesson, 'name'>): string {
  return join(work.root, lesson.name);
}

/** Every starter of a lesson: file name → text. The slots are emptied in the source as it is today. */
export async function starters(lesson: Lesson): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const file of new Set(lesson.slots.map((slot) => slot.file))) {
    const slots = lesson.slots.filter((slot) => slot.file === file);
    const { source } = slots[0]!;
    const holes = slots.map((slot) => ({ symbol: symbolOf(slot), todo: slot.todo, body: slot.body }));
    texts.set(file, await hollow(source, readSource(source), holes));
  }
  for (const { instead } of lesson.slots) if (instead) texts.set(instead.file, instead.starter);
  return texts;
}

/** Where a file is kept as the learner got it. */
export function starterPath({ name }: Pick<Lesson, 'name'>, file: string): string {
  return join('.drydock/starters', name, file);
}

export interface Begun {
  /** Files that were written now. */
  readonly made: string[];
  /** Files that were there, and were left alone. */
  readonly kept: string[];
  /** Why the history is not kept, if it is not. */
  readonly noHistory?: string;
}

/** Lays out a lesson. What is there stays as it is. Throws WORKSPACE. */
export async function begin(work: Workspace, lesson: Lesson): Promise<Begun> {
  const texts = await starters(lesson);
  texts.set('README.md', readme(lesson));
  texts.set('tsconfig.json', tsconfig());
  const made: string[] = [];
  const kept: string[] = [];
  inside(work, () => {
    makeFolders(work.root, 0o755);
    if (!existsSync(join(work.root, '.gitignore'))) writeFileSync(join(work.root, '.gitignore'), IGNORED);
    for (const [file, text] of texts) (writeNew(join(work.root, lesson.name, file), text) ? made : kept).push(file);
  });
  for (const file of made) writeWork(work, starterPath(lesson, file), texts.get(file)!);
  const noHistory = initialise(work) ?? (made.length ? commit(work, `${lesson.name}: begin`) : undefined);
  return { made, kept, noHistory };
}

/** Puts the starters back; what was there is in git, or, where git has not kept it, in .drydock/old. Returns where. */
export async function reset(work: Workspace, lesson: Lesson): Promise<string> {
  requireBegun(work, lesson);
  const texts = await starters(lesson);
  if (initialise(work) === undefined) commit(work, `${lesson.name}: before reset`);
  const lost = [...texts.keys()].filter((file) => {
    const text = readWork(work, join(lesson.name, file));
    return text !== undefined && !isKept(work, join(lesson.name, file), text);
  });
  const old = join('.drydock', 'old', `${lesson.name}-${new Date().toISOString().replace(/[:.]/g, '')}`);
  inside(work, () => {
    for (const [file, text] of texts) {
      const path = join(work.root, lesson.name, file);
      if (lost.includes(file)) {
        mkdirSync(dirname(join(work.root, old, file)), { recursive: true });
        renameSync(path, join(work.root, old, file));
      }
      rmSync(path, { force: true });
      writeNew(path, text);
    }
  });
  for (const [file, text] of texts) writeWork(work, starterPath(lesson, file), text);
  if (lost.length) return `your old files are in ${friendly(work, join(work.root, old))}`;
  commit(work, `${lesson.name}: reset`);
  return `your old files are in git: git -C ${friendly(work, work.root)} log -- ${lesson.name}`;
}

/** Throws WORKSPACE when the lesson has not been begun, and names the file that is missing when it has. */
export function requireBegun(work: Workspace, lesson: Lesson): void {
  const folder = lessonFolder(work, lesson);
  if (!existsSync(folder))
    throw new DrydockError('WORKSPACE', `lesson '${lesson.name}' has not been begun in ${friendly(work, work.root)}`, {
      hint: `./drydock begin ${lesson.name}`,
    });
  const missing = filesOf(lesson).filter((file) => !existsSync(join(folder, file)));
  const needed = missing.filter((file) => lesson.slots.some((slot) => slot.file === file));
  if (needed.length)
    throw new DrydockError('WORKSPACE', `${friendly(work, join(folder, needed[0]!))} is not there`, {
      hint: `./drydock begin ${lesson.name} writes what is missing and leaves the rest alone`,
    });
}

/** Reads a file of the workspace with the learner's rights; undefined when it is not there. */
export function readWork(work: Workspace, path: string): string | undefined {
  return inside(work, () => {
    const full = join(work.root, path);
    if (!existsSync(full)) return undefined;
    if (statSync(full).isFile()) return readFileSync(full, 'utf8');
    throw new DrydockError('WORKSPACE', `${friendly(work, full)} is no file`, {
      hint: 'move it away; ./drydock begin LESSON writes what is missing and leaves the rest alone',
    });
  });
}

/** Writes a file of ours in the workspace, whole or not at all. */
export function writeWork(work: Workspace, path: string, data: string | Uint8Array, mode = 0o644): void {
  inside(work, () => {
    const full = join(work.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(`${full}.new`, data, { mode });
    chmodSync(`${full}.new`, mode);
    renameSync(`${full}.new`, full);
  });
}

function inside<T>(work: Workspace, deed: () => T): T {
  try {
    return as(work.owner, deed);
  } catch (cause) {
    if (cause instanceof DrydockError) throw cause;
    throw new DrydockError('WORKSPACE', `the workspace cannot be used: ${(cause as Error).message}`, {
      hint: isLocked(work, cause as NodeJS.ErrnoException)
        ? `sudo chown -R ${work.owner.uid} ${work.root}; chmod -R u+rwX ${work.root}`
        : 'DRYDOCK_WORK=FOLDER chooses another one',
      cause,
    });
  }
}

/** Whether it is theirs but for something in it: an editor that root has started leaves files that are root's. */
function isLocked({ root, owner }: Workspace, { code, path = '' }: NodeJS.ErrnoException): boolean {
  return code === 'EACCES' && path.startsWith(`${root}/`) && statSync(root).uid === owner.uid;
}

function writeNew(path: string, text: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const IGNORED = '.drydock/build/\n.drydock/old/\n.drydock/last.json\n';

function readme(lesson: Lesson): string {
  const slots = lesson.slots.map(({ file, title, name, minutes, instead }) => {
    const other = instead ? `\n  or, in TypeScript instead, \`${instead.symbol}\` in \`${instead.file}\`` : '';
    return `- \`${symbolOf({ name })}\` in \`${file}\`: ${title} (about ${minutes} minutes)${other}`;
  });
  const commands = [
    [`./drydock check ${lesson.name}`, 'run the real runtime with your functions in it, and ask the kernel'],
    [`./drydock hint ${lesson.name}`, 'the next of three hints for what failed'],
    [`./drydock read ${lesson.name}`, 'the chapter'],
    [`./drydock reset ${lesson.name}`, 'start again; git keeps what you had'],
    [`./drydock solution ${lesson.name}`, 'how we wrote it'],
  ] as const;
  const width = Math.max(...commands.map(([words]) => words.length));
  return [
    `# ${lesson.name}: ${lesson.title}`,
    '',
    lesson.question,
    '',
    ...lesson.task,
    '',
    'To write:',
    '',
    ...slots,
    '',
    'These are files of the real runtime; only the bodies of those functions have been taken out.',
    '',
    ...commands.map(([words, what]) => `    ${words.padEnd(width)}  ${what}`),
    '',
  ].join('\n');
}

/**
 * A learner's `../plan.ts` means src/runtime/plan.ts, its `../../linux/…` means src/linux/…: as if the lesson's folder
 * lay over src/runtime; and `../../src/…` means src/…, for a source that lies in a lesson. `rootDirs` says just that, and
 * mine.ts does the same when it compiles.
 */
export function tsconfig(): string {
  const home = projectHome();
  return (
    JSON.stringify(
      {
        compilerOptions: {
          target: 'ES2022',
          lib: ['ES2023'],
          module: 'preserve',
          moduleResolution: 'bundler',
          allowImportingTsExtensions: true,
          noEmit: true,
          strict: true,
          noUncheckedIndexedAccess: true,
          esModuleInterop: true,
          skipLibCheck: true,
          types: ['node'],
          typeRoots: [join(home, 'node_modules/@types')],
          rootDirs: ['.', join(home, 'src/runtime'), '..', join(home, 'src'), '../..', home],
          paths: { '*': [join(home, 'node_modules/*'), join(home, 'node_modules/@types/*')] },
        },
        include: ['**/*.ts'],
      },
      null,
      2,
    ) + '\n'
  );
}
