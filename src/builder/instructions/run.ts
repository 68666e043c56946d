/** `RUN command`: a program is run in a container on the state, and what it changes is the layer. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { plain, type NewLayer } from '../../images/extend.ts';
import { plainLayer } from '../../images/import.ts';
import { writeTar, type WrittenEntry } from '../../layers/index.ts';
import { entriesOf } from '../../layers/pack.ts';
import type { Mount } from '../../runtime/config.ts';
import type { Difference } from '../../snapshots/snapshotter.ts';
import type { Build } from '../builder.ts';
import type { Command, RunInstruction } from '../dockerfile/index.ts';
import type { Perform, Turn } from '../change.ts';
import { notLater } from '../epoch.ts';
import { ProgramFailure } from '../failure.ts';
import { mountKeys, withMounts } from '../run-mounts.ts';
import { failedProgram } from '../shell.ts';
import { wordsOf } from './cmd.ts';

export const run: Perform<RunInstruction> = async (turn, instruction) => {
  const { config, scope } = turn;
  const { command } = instruction;
  if (instruction.security === 'insecure') throw insecure();
  const words = command.form === 'script' ? [SCRIPT] : wordsOf(config, command);
  const args = scope.arguments();
  // Docker's builder counts arguments as soon as any is given, also when it shows none of them.
  const shown = scope.environment().length > 0 ? [`|${args.length}`, ...args] : [];
  return {
    says: [...shown, ...(command.form === 'script' ? [command.text] : words)].join(' '),
    also: [command.form, words, args, instruction.network, ...(await mountKeys(turn.build, instruction.mounts))],
    isUnsaid: instruction.mounts.some(({ type }) => type === 'bind'),
    layer: () =>
      layerBy(turn, instruction, words).catch(async (error: unknown) => {
        throw await failedProgram(error, turn, command, words);
      }),
  };
};

const insecure = (): DrydockError =>
  new DrydockError('INSTRUCTION_FAILED', '--security=insecure: programs of a build get no more rights than others', {
    hint: 'do in a container what needs them (`drydock run --privileged`), and `drydock commit` it',
  });

/** Where a heredoc is that begins with `#!`: as with BuildKit it is a file, and the kernel finds who reads it. */
const SCRIPT = '/dev/pipes/script';

function scriptMounts({ folder }: Build, command: Command): Mount[] {
  if (command.form !== 'script') return [];
  const source = join(mkdtempSync(join(folder, 'script-')), 'script');
  writeFileSync(source, command.text);
  chmodSync(source, 0o755);
  return [{ destination: SCRIPT, type: 'bind', source, options: ['bind', 'ro', 'rprivate'] }];
}

function layerBy(
  turn: Turn,
  { command, mounts, network }: RunInstruction,
  args: string[],
): Promise<NewLayer | undefined> {
  const { build, state, config, scope, step } = turn;
  return withMounts(build, config, mounts, async (mounted) => {
    await using ran = await build.executor.run({
      ...{ state, args, config, mounts: [...mounted.mounts, ...scriptMounts(build, command)] },
      env: [...(config.Env ?? []), ...scope.environment(), ...mounted.env],
      network: network ?? build.request.network,
      started: (container) => void build.tell({ kind: 'running', step, container }),
      output: (stream, bytes) => build.tell({ kind: 'output', step, stream, bytes }),
      signal: build.signal,
    });
    build.signal.throwIfAborted();
    if (ran.status !== 0) throw new ProgramFailure(args, ran.status, step);
    return await build.store.snapshots.withDifference(ran.snapshot, (difference) => changed(build, difference));
  });
}

/** Undefined: it has changed nothing. */
async function changed({ store, lease, epoch }: Build, difference: Difference): Promise<NewLayer | undefined> {
  const entries = belowRoot(entriesOf(difference));
  const first = await entries.next();
  if (first.done) return undefined;
  const all = (async function* (): AsyncGenerator<WrittenEntry> {
    yield first.value;
    yield* entries;
  })();
  return plain(await plainLayer(store, writeTar(notLater(all, epoch)), await lease()));
}

/** The root is no part of a layer: it stands in every difference that is a folder of its own, changed or not. */
async function* belowRoot(entries: AsyncIterable<WrittenEntry>): AsyncGenerator<WrittenEntry> {
  for await (const entry of entries) if (!entry.path.equals(root)) yield entry;
}

const root = Buffer.from('./');
