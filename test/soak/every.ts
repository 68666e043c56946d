/** Rounds that do not need each other: all are played, also after one that failed, so that one night shows all there is to mend. */

/** Plays each round. Throws at the end what has failed, by the names of the rounds. */
export async function every<T>(
  rounds: readonly T[],
  nameOf: (round: T) => string,
  play: (round: T) => Promise<void>,
): Promise<void> {
  const failures: Error[] = [];
  for (const [at, round] of rounds.entries()) {
    await play(round).catch((cause: unknown) => {
      const failure = new Error(`${nameOf(round)}: ${String(cause)}`, { cause });
      console.error(failure);
      failures.push(failure);
    });
    const count = `${at + 1} of ${rounds.length}`;
    if (process.stdout.isTTY) process.stdout.write(`\r${count}${at + 1 === rounds.length ? '\n' : ''}`);
    else if ((at + 1) % 50 === 0) console.log(count);
  }
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${rounds.length} failed:\n${failures.map(String).join('\n')}`);
}

/** So many numbers. */
export const counted = (count: number, first = 1): number[] => Array.from({ length: count }, (_, at) => first + at);
