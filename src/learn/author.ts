/**
 * Checks the lessons themselves, as their learners will meet them: every starter fails, every reference passes, and
 * everything that the book quotes exists.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectHome } from '../linux/native.ts';
import { runChecks } from './check/runner.ts';
import { written, type WrittenEntry } from './lessons.ts';
import { quote, readSource } from './source.ts';
import { begin, starters, workspace, writeWork } from './workspace.ts';

/** One thing that was looked at; `wrong` is absent when it holds. */
export interface Verdict {
  readonly title: string;
  readonly wrong?: string;
}

/** Looks at everything. Needs root: the checks make containers. */
export async function checkLessons(onVerdict: (verdict: Verdict) => void): Promise<void> {
  for (const { file, reference } of quotesIn(join(projectHome(), 'book'))) {
    const wrong = await messageOf(() => quote(reference));
    onVerdict({ title: `${file} quotes ${reference}`, wrong });
  }
  for (const entry of written()) for (const verdict of await checkLesson(entry)) onVerdict(verdict);
}

/** Symbols that pages of the book quote, in folders below too. */
export function quotesIn(folder: string): { file: string; reference: string }[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true }).map(String).sort();
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const quotes = readFileSync(join(folder, file), 'utf8').matchAll(/^ *```quote +(\S+)/gm);
      return [...quotes].map(([, reference = '']) => ({ file, reference }));
    });
}

async function checkLesson({ name, parts }: WrittenEntry): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-author-'));
  const before = process.env.DRYDOCK_WORK;
  process.env.DRYDOCK_WORK = folder;
  try {
    const [lesson, checks] = [await parts.lesson(), await parts.checks()];
    const work = workspace();
    await begin(work, lesson);
    const verdicts: Verdict[] = [];
    // Slot by slot: each starter has to fail by itself, with all others solved.
    const texts = await starters(lesson);
    for (const slot of lesson.slots) {
      for (const other of lesson.slots) writeWork(work, join(name, other.file), readSource(other.source));
      writeWork(work, join(name, slot.file), texts.get(slot.file)!);
      const failed = (await runChecks(work, lesson, checks)).find(({ outcome }) => outcome === 'failed');
      const isJudged = failed?.slot === slot.name && failed.hints?.length === 3;
      const wrong = failed ? `the first failure is "${failed.title}", with ${failed.hints?.length} hints` : 'it passes';
      verdicts.push({ title: `${name}: the starter of ${slot.name} fails`, wrong: isJudged ? undefined : wrong });
    }
    for (const slot of lesson.slots) writeWork(work, join(name, slot.file), readSource(slot.source));
    const failed = (await runChecks(work, lesson, checks)).filter(({ outcome }) => outcome !== 'ok');
    const wrong = failed.map(({ title, finding }) => `${title} (${finding?.kernel ?? 'not run'})`).join('; ');
    verdicts.push({ title: `${name}: the reference passes`, wrong: wrong || undefined });
    return verdicts;
  } finally {
    if (before === undefined) delete process.env.DRYDOCK_WORK;
    else process.env.DRYDOCK_WORK = before;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function messageOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
