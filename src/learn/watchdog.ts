/**
 * Ends a learner's code that never comes back.
 *
 * A loop without an end blocks Node's one thread: no timer fires any more, no signal handler runs. So a second thread
 * listens to the first one's heart, and when it has not beaten for some seconds says so and ends the process. What the
 * checks have made goes with the dock.
 *
 * The same thread says on a terminal what is being done, once that has taken some seconds: the first one may be blocked.
 *
 * Time is counted in its own ticks, not by a clock: whoever was stopped by Ctrl-Z, or slept with the whole machine, has
 * missed no beat.
 */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';
import { fold } from './look.ts';
import { slowness } from './slowness.ts';

const BEAT_MS = 250;

/** Longer than this nobody looks at a terminal that says nothing. */
const SILENCE_MS = 4000;

export interface Watchdog {
  /**
   * What is being done now, named when time runs out, and how long it may take. `quietly`: nothing is said of it while
   * it goes well, because the terminal is somebody else's.
   */
  doing(what: string, seconds?: number, quietly?: boolean): void;
  stop(): Promise<void>;
}

// Plain text: this thread has to exist in the bundle, in tests and without a file of its own.
const thread = `
const { parentPort, workerData: isRead } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let silent = 0, unsaid = 0, doing = 'the start', said = ' …     the start\\n', seconds = 60, quietly = false;
parentPort.on('message', (next) => { silent = 0; if (next) ({ doing, said, seconds, quietly } = next); });
setInterval(() => {
  silent += ${BEAT_MS};
  unsaid += ${BEAT_MS};
  if (isRead && !quietly && unsaid >= ${SILENCE_MS}) {
    unsaid = 0;
    writeSync(2, said);
  }
  if (silent < seconds * 1000) return;
  writeSync(2, '\\ndrydock: your code has not come back for ' + seconds + ' seconds\\n'
    + '  during   ' + doing + '\\n'
    + '  hint     look for a loop that never ends; everything that it started is being ended\\n');
  process.kill(process.pid, 'SIGKILL');
}, ${BEAT_MS});
`;

/** What is being done, beside the dots that say so, as wide as the terminal is. */
function saidOf(doing: string): string {
  const start = ' …     ';
  const lines = fold(doing, (process.stderr.columns || 80) - start.length);
  return `${start}${lines.join(`\n${' '.repeat(start.length)}`)}\n`;
}

/** Starts listening. */
export function watchdog(): Watchdog {
  const worker = new Worker(thread, { eval: true, workerData: isatty(2) });
  worker.unref();
  worker.on('error', (error) => writeSync(2, `drydock: the watchdog has died: ${error.message}\n`));
  const beat = setInterval(() => worker.postMessage(undefined), BEAT_MS);
  beat.unref();
  return {
    doing: (doing, seconds = 10, quietly = false) =>
      worker.postMessage({ doing, said: saidOf(doing), seconds: seconds * slowness, quietly }),
    async stop() {
      clearInterval(beat);
      await worker.terminate();
    },
  };
}
