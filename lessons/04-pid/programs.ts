/** The programs that run in the checks of this lesson, and how they are found from outside: by their command lines. */
import { membersOf, namespaceOf, processFacts, until, type ProcessFacts } from '../../src/learn/facts.ts';
import type { LabContainer } from '../../src/learn/stage.ts';

export const ORPHANS = 5;

/** A program that is easy to find by its command line, and lives until it is told not to. */
export const PROGRAM = ['sleep', '1000'];
const ORPHAN = 'sleep 1001';
export const withOrphans = [
  'sh',
  '-c',
  `for i in $(seq ${ORPHANS}); do (${ORPHAN} &); done; exec ${PROGRAM.join(' ')}`,
];

/** The five orphans, once all of them are children of PID 1. */
export async function orphansIn({ pid }: LabContainer): Promise<ProcessFacts[]> {
  const space = namespaceOf(pid, 'pid');
  const found = (): ProcessFacts[] =>
    membersOf(space, 'pid').flatMap((one) => {
      const facts = processFacts(one);
      return facts?.command === ORPHAN && facts.parent === pid ? [facts] : [];
    });
  await until(() => found().length === ORPHANS, 5000);
  return found();
}

/** Its number outside, once it is there. */
export async function programIn({ pid }: LabContainer): Promise<number | undefined> {
  const space = namespaceOf(pid, 'pid');
  const found = (): number | undefined =>
    membersOf(space, 'pid').find((one) => processFacts(one)?.command === PROGRAM.join(' '));
  await until(() => found() !== undefined);
  return found();
}
