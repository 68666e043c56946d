/**
 * What a learner's code throws where nobody waits for it: in a timer, or in a promise without an await.
 *
 * Node would take it for a mistake of ours, and the check for passed. So whatever comes while a check runs is the
 * answer of that check; it goes on to its end all the same, for what it has made half has to be taken away.
 */
import { Gone } from '../strings.ts';

export interface Strays {
  /** The first that has come since the last look; what has come before in the same words does not come again. */
  taken(): Promise<{ readonly error: unknown } | undefined>;
  stop(): void;
}

/** Starts listening, in place of who listened before. */
export function strays(): Strays {
  const others = process.listeners('uncaughtException');
  const known = new Set<string>();
  const come: unknown[] = [];
  const caught = (error: NodeJS.ErrnoException, origin: NodeJS.UncaughtExceptionOrigin): void => {
    // A learner may ask a puppet and not look: that it is gone by then is nobody's failure.
    if (error instanceof Gone) return;
    // Our own output, which nobody reads any more.
    if (error?.syscall === 'write') return others.forEach((one) => one(error, origin));
    if (!known.has(String(error))) come.push(error);
    known.add(String(error));
  };
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', caught);
  return {
    async taken() {
      // Not before Node has looked for promises that were rejected and left alone.
      await new Promise((resolve) => setImmediate(resolve));
      const [first] = come.splice(0);
      return first === undefined ? undefined : { error: first };
    },
    stop() {
      process.off('uncaughtException', caught);
      for (const one of others) process.on('uncaughtException', one);
    },
  };
}
