/** `oci events`: what a container uses, again and again, and when its memory runs out; as lines of JSON, as runc has them. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { statusOf } from '../../../runtime/lifecycle.ts';
import { watchOom } from '../../../runtime/oom.ts';
import { stats } from '../../../runtime/stats.ts';
import { findState } from '../../../runtime/state.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

interface Options extends Global {
  id: string;
  stats?: boolean;
  interval: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'events <id>',
  describe: 'Prints what a container uses, and when its memory runs out, as lines of JSON.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .option('stats', { type: 'boolean', describe: 'once, and no more' })
      .option('interval', { type: 'string', requiresArg: true, default: '5s', describe: 'how often' })
      .example('$0 oci events --stats box', 'once'),
  handler: logged('events', async (argv) => {
    const run = stateFolder(argv);
    const say = (type: string, data?: unknown): void =>
      void process.stdout.write(`${JSON.stringify({ type, id: argv.id, data })}\n`);
    if (argv.stats) return say('stats', stats(run, argv.id));
    await follow(run, argv.id, millisecondsOf(argv.interval), say);
  }),
};

/** Until the container ends. */
function follow(run: string, id: string, every: number, say: (type: string, data?: unknown) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearInterval(timer);
      watch.close();
    };
    const end = (): void => {
      stop();
      resolve();
    };
    const watch = watchOom(run, id, () => say('oom'), end);
    const look = (): void => {
      const state = findState(run, id);
      if (!state || statusOf(state) === 'stopped') return end();
      say('stats', stats(run, id));
    };
    const timer = setInterval(() => {
      try {
        look();
      } catch (error) {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, every);
  });
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, '': 1000 };

function millisecondsOf(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  const found = Number(number) * units[unit]!;
  if (found > 0) return found;
  throw new DrydockError('BAD_USAGE', `--interval is a time like 5s or 500ms, not '${text}'`);
}
