/**
 * `build`: sends a context to the engine and shows what it makes of it.
 *
 * On a terminal that is a live view, with stages side by side (build-view.ts); elsewhere the lines that Docker prints. A program
 * that fails ends this verb with its exit code; `--debug` opens a shell in what it was run on.
 */
import { Refusal } from '../../client/failure.ts';
import { messages } from '../../client/messages.ts';
import { withColourFor } from './build-colour.ts';
import { contextOf } from './build-context.ts';
import { habits, platform } from './build-habits.ts';
import { secretOf } from './build-secret.ts';
import { View, type BuildMessage } from './build-view.ts';
import { command, one } from './command.ts';
import { CommandFailure, HintedFailure, hintText } from './failure.ts';
import { commas, integer, list, readFlags, several, text, toggle, value, type Values } from './flags.ts';
import { ulimitOf } from './device-options.ts';
import { readyIdFile, writeIdFile } from './id-file.ts';
import { hostOf } from './network-option.ts';
import { imageName } from './image-name.ts';
import { isTerminal } from '../terminal.ts';
import { print, warn } from './print.ts';
import { verb as run } from './run.ts';
import { registryConfig } from './registry-auth.ts';
import { quiet, trust } from './shared-flags.ts';
import { bytes, bytesOrNone } from './values.ts';

const ignored = { isHidden: true };

const flags = {
  ...habits,
  'add-host': several('NAME:IP, a line of /etc/hosts', 'list', hostOf),
  'build-arg': list('NAME[=VALUE], for an ARG; without a value that of our environment'),
  'cache-from': commas('images that were built before, here or elsewhere'),
  'cgroup-parent': text('the cgroup above those of programs'),
  compress: toggle('taken for the sake of scripts', ignored),
  'cpu-period': integer('microseconds', { kind: 'int' }),
  'cpu-quota': integer('microseconds of each period'),
  'cpu-shares': integer('weight, 1024 is usual', { short: 'c' }),
  'cpuset-cpus': text('on these processors: 0-3 or 0,1'),
  'cpuset-mems': text('with this memory: 0-3 or 0,1'),
  debug: toggle('when a program fails: a shell in what it was run on'),
  'disable-content-trust': trust,
  file: text('the Dockerfile; - is standard input', { short: 'f' }),
  iidfile: text('write the id of the image here'),
  isolation: text('taken for the sake of scripts', ignored),
  label: list('NAME=VALUE'),
  memory: value('of a program', 'bytes', bytes, { short: 'm' }),
  'memory-swap': value('memory and swap together; -1 is all there is', 'bytes', bytesOrNone),
  network: text('for programs: default, none, host, or a network’s name'),
  'no-cache': toggle('do everything anew'),
  platform,
  progress: text('auto, plain, tty or json', { fallback: 'auto' }),
  pull: toggle('look for newer base images'),
  quiet: quiet('only the id of the image'),
  secret: list('id=NAME[,src=FILE|,env=VARIABLE], for RUN --mount=type=secret', { check: secretOf }),
  'security-opt': list('as with run', { kind: 'strings' }),
  'shm-size': value('of /dev/shm', 'bytes', bytes),
  squash: toggle('all that the build adds as one layer'),
  tag: list('NAME[:TAG] of the image', { short: 't', check: imageName }),
  target: text('build this stage, and what it needs'),
  ulimit: several('TYPE=SOFT[:HARD], as in nofile=1024:2048', 'ulimit', ulimitOf),
};
type Wishes = Values<typeof flags>;

export const verb = command({
  usage: '[OPTIONS] PATH | URL | -',
  about: 'Builds an image from a Dockerfile.',
  words: one,
  flags,
  notes:
    'The context is a folder; the address of a git repository, of an archive or of a\n' +
    'Dockerfile; or an archive or a Dockerfile at standard input (-). What its\n' +
    '.dockerignore names is not sent. FROM lab begins with the built-in image, which\n' +
    'needs no registry.',
  examples: [
    ['build -t app .', 'as the Dockerfile here says'],
    ['build -t app --build-arg MODE=debug .', 'a value for its ARG MODE'],
    ['build --target tools --no-cache .', 'one stage, done anew'],
  ],
  async run(call) {
    const { client, flags: wishes, words } = call;
    if (wishes.iidfile) readyIdFile(wishes.iidfile);
    const context = await contextOf(words[0]!, wishes.file);
    const isStructured = !wishes.quiet && modeOf(wishes.progress) !== 'plain';
    const leaving = new AbortController();
    const leave = (): void => leaving.abort();
    process.once('SIGINT', leave).once('SIGTERM', leave);
    const view = new View(modeOf(wishes.progress));
    // Quiet: what comes before the id is said only if there will be none.
    const isHeld = wishes.quiet && wishes.progress !== 'json';
    const said: BuildMessage[] = [];
    try {
      const stream = await client.stream('POST', '/build', {
        query: { ...queryOf(wishes), ...context.query, events: isStructured },
        body: context.body,
        headers: await headersOf(wishes),
        signal: leaving.signal,
      });
      let id = '';
      for await (const message of messages<BuildMessage>(stream)) {
        if (isHeld && message.error === undefined) said.push(message);
        else view.show(message);
        if (message.error !== undefined) throw new BuildFailure(message);
        id = message.aux?.ID ?? (wishes.quiet ? (message.stream ?? '').trim() : id);
      }
      view.finish();
      if (isHeld) print(`${id}\n`);
      if (wishes.iidfile) writeIdFile(wishes.iidfile, id);
    } catch (error) {
      view.finish();
      if (leaving.signal.aborted) {
        warn('the build was cancelled: no image was made\n');
        return 130;
      }
      // What is wrong in a Dockerfile is refused before anything is streamed, and its hint is half of the answer.
      if (error instanceof Refusal) throw new HintedFailure(error.message, error.hint);
      if (!(error instanceof BuildFailure)) throw error;
      const { line: at, hint, shell } = error.told;
      for (const { stream } of said) warn(withColourFor(2, stream ?? ''));
      for (const line of [...view.lastOutput(at), ...error.place(wishes.file)]) warn(`${line}\n`);
      // Without somebody who types, a shell would be another failure, with another exit code.
      if (!wishes.debug || shell === undefined || !isTerminal(0)) throw error;
      warn(`${error.message}\n${hint === undefined || hint === shellHint(shell) ? '' : hintText(hint)}`);
      await run.run({ ...call, ...shellIn(shell) });
      // Whatever the shell ends with: nothing was built.
      return error.exitCode;
    } finally {
      process.off('SIGINT', leave).off('SIGTERM', leave);
      await context.close();
    }
  },
});

type Mode = 'plain' | 'tty' | 'json';

function modeOf(word: string): Mode {
  if (word === 'plain' || word === 'tty' || word === 'json') return word;
  if (word === 'auto') return isTerminal(1) ? 'tty' : 'plain';
  throw new CommandFailure(`invalid progress mode ${word}: auto, plain, tty or json`);
}

/** What the engine says last, when it has come to no image. */
class BuildFailure extends HintedFailure {
  constructor(readonly told: BuildMessage) {
    super(told.errorDetail?.message ?? told.error!, hintsOf(told), told.errorDetail?.code || 1);
  }

  /** Where it stands: Docker's engine does not say it. */
  place(file: string): string[] {
    const { line, text } = this.told;
    return line === undefined ? [] : [`${['', '-'].includes(file) ? 'Dockerfile' : file}, line ${line}: ${text}`];
  }
}

/** What to do, and how to look at what a program was run on. */
function hintsOf({ hint, shell }: BuildMessage): string | undefined {
  const hints = new Set([hint, shell && shellHint(shell)].filter((one) => one !== undefined));
  return hints.size > 0 ? [...hints].join('\n') : undefined;
}

/** In the engine's words (src/builder/failure.ts). */
const shellHint = (words: readonly string[]): string =>
  `\`drydock run ${words.join(' ')}\` opens a shell in what it was run on`;

function queryOf(wishes: Wishes): Record<string, string | number | boolean | readonly string[] | undefined> {
  const given = wishes['build-arg'].map((word): [string, string | null] => {
    const [name = '', ...rest] = word.split('=');
    return [name, rest.length > 0 ? rest.join('=') : (process.env[name] ?? null)];
  });
  const epoch = process.env.SOURCE_DATE_EPOCH;
  const args = { ...(epoch !== undefined && { SOURCE_DATE_EPOCH: epoch }), ...Object.fromEntries(given) };
  const labels = Object.fromEntries(
    wishes.label.map((word) => [word.split('=', 1)[0]!, word.split('=').slice(1).join('=')]),
  );
  return {
    ...{ t: wishes.tag, buildargs: JSON.stringify(args), labels: JSON.stringify(labels) },
    ...{ nocache: wishes['no-cache'], pull: wishes.pull, q: wishes.quiet, squash: wishes.squash },
    ...{ rm: wishes.rm, forcerm: wishes['force-rm'] },
    ...{ target: wishes.target || undefined, platform: wishes.platform || undefined },
    networkmode: wishes.network || undefined,
    cachefrom: wishes['cache-from'].length > 0 ? JSON.stringify(wishes['cache-from']) : undefined,
    ...{ memory: wishes.memory, memswap: wishes['memory-swap'], cpushares: wishes['cpu-shares'] },
    ...{ cpuperiod: wishes['cpu-period'], cpuquota: wishes['cpu-quota'], shmsize: wishes['shm-size'] },
    ...{ cpusetcpus: wishes['cpuset-cpus'] || undefined, cpusetmems: wishes['cpuset-mems'] || undefined },
    cgroupparent: wishes['cgroup-parent'] || undefined,
    ulimits: wishes.ulimit.length > 0 ? JSON.stringify(wishes.ulimit) : undefined,
    ...{ extrahosts: wishes['add-host'], securityopt: wishes['security-opt'] },
  };
}

/** Who we are at each registry that we know, and the secrets: neither belongs into an address. */
async function headersOf({ secret }: Wishes): Promise<Record<string, string>> {
  const secrets = secret.map(secretOf);
  return {
    ...(await registryConfig()),
    ...(secrets.length > 0 && {
      'X-Drydock-Secrets': Buffer.from(JSON.stringify(Object.fromEntries(secrets))).toString('base64'),
    }),
  };
}

/** The words of `run` for a shell, as that verb reads them. */
function shellIn(shell: readonly string[]): Pick<Parameters<typeof run.run>[0], 'flags' | 'given' | 'words'> {
  const { values, given, words } = readFlags(run.flags, [...shell], true);
  return { flags: values, given, words };
}
