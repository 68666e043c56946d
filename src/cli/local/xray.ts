/**
 * `drydock xray [CONTAINER]`: a container cut open. What the kernel says about each isolator's part, from outside;
 * nothing is started in the container and nothing of it is joined.
 */
import { resolve } from 'node:path';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { folderOf, readRecord } from '../../engine/record.ts';
import { list } from '../../runtime/container.ts';
import { inspectContainer, type Inspected } from '../../runtime/inspect/container.ts';
import type { Inspection } from '../../runtime/inspect/inspect.ts';
import { ociFolder, rootFolder, runFolder } from '../folders.ts';
import { lookOf, wrap, type Look } from '../output.ts';
import { needRoot } from './foreground.ts';

interface Options {
  container?: string;
  root?: string;
  watch?: boolean;
  json?: boolean;
  plain?: boolean;
}

const EVERY_MS = 1000;

export const verb: CommandModule<object, Options> = {
  command: 'xray [container]',
  describe: 'A container cut open: what the kernel says about each isolator’s part, from outside.',
  builder: (yargs) =>
    yargs
      .positional('container', {
        type: 'string',
        describe: 'its name, or how its id begins; the only one, if there is one',
      })
      .options({
        root: { type: 'string', requiresArg: true, describe: 'folder of its state, if `oci --root` named one' },
        watch: { type: 'boolean', describe: 'again every second, until Ctrl-C or its end' },
        json: { type: 'boolean', describe: 'as JSON; with --watch a line each time' },
      })
      .example('$0 xray', 'the container that runs')
      .example('$0 xray box --watch', 'what changes in it')
      .example('$0 xray box --json', 'for programs'),
  async handler(argv) {
    needRoot('xray', 'namespaces of other processes (ptrace)');
    const { id, run } = theOne(
      argv.container,
      argv.root === undefined ? [runFolder(), ociFolder()] : [resolve(argv.root)],
    );
    if (!argv.watch) return show(inspectContainer(run, id), argv);
    await watched(run, id, argv);
  },
};

interface Found {
  readonly id: string;
  /** The folder that has its state: that of `try` and the engine, or that of `oci`. */
  readonly run: string;
  /** What the engine calls it. */
  readonly name?: string;
}

/** The container that is meant. Throws NO_SUCH_CONTAINER, BAD_USAGE. */
function theOne(name: string | undefined, folders: readonly string[]): Found {
  const all = folders.flatMap((run) =>
    list(run).flatMap(({ id, status }) => (status === 'stopped' ? [] : [{ id, run, name: nameOf(id) }])),
  );
  const names = all.map(({ id, name: own = id }) => own);
  const found = name === undefined ? all : all.filter(({ id, name: own }) => own === name || id.startsWith(name));
  const meant =
    found.find(({ id, name: own }) => id === name || own === name) ?? (found.length === 1 ? found[0] : undefined);
  if (meant) return meant;
  if (found.length > 1)
    throw new DrydockError('BAD_USAGE', name === undefined ? 'several containers run' : `'${name}' may be several`, {
      hint: `say which: ${found.map(({ id, name: own = id }) => own).join(', ')}`,
    });
  const what = name === undefined ? 'no container runs' : `there is no container '${name}'`;
  throw new DrydockError('NO_SUCH_CONTAINER', what, {
    hint: names.length
      ? didYouMean(name!, names)
      : 'in another terminal: ./drydock try, or ./drydock run -it lab; one of try --mine lives in the dock and cannot be seen from outside',
  });
}

/** Without asking the engine, which may be down. A record that cannot be read has no name; `rm` says what is wrong with it. */
function nameOf(id: string): string | undefined {
  try {
    return readRecord(folderOf(rootFolder(), id))?.Name;
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'STATE_BROKEN') return undefined;
    throw error;
  }
}

async function watched(run: string, id: string, argv: ArgumentsCamelCase<Options>): Promise<void> {
  const paints = !argv.json && process.stdout.isTTY;
  for (;;) {
    let now: Inspected;
    try {
      now = inspectContainer(run, id);
    } catch (error) {
      if (!(error instanceof DrydockError) || !['WRONG_STATE', 'NO_SUCH_CONTAINER'].includes(error.code)) throw error;
      process.stderr.write(`drydock: the container '${id}' has ended\n`);
      return;
    }
    if (paints) process.stdout.write('\u001b[H\u001b[2J');
    show(now, argv);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function show(container: Inspected, { json, watch, plain }: Options): void {
  const text = json
    ? JSON.stringify(container, null, watch ? 0 : 2)
    : page(container, lookOf(process.stdout, { plain }));
  process.stdout.write(`${text}\n`);
}

const NAME = 14;
const LABEL = 16;

/** The page: a block for each isolator. */
function page({ id, status, pid, stack, inspections }: Inspected, look: Look): string {
  const head = `${look.style.bold(id)}  ${status}, process ${pid}`;
  return [head, '', ...inspections.map((one) => block(one, stack.includes(one.isolator), look))].join('\n');
}

function block({ isolator, namespace, facts }: Inspection, isThere: boolean, { style, columns }: Look): string {
  const rows: (readonly [label: string, value: string])[] = [
    ...(namespace
      ? [['namespace', `${namespace.inode}  ${namespace.isOwn ? 'its own' : 'this machine’s'}`] as const]
      : []),
    ...facts,
  ];
  if (!isThere) rows.unshift(['stack', 'not in it']);
  const width = Math.min(columns, 100) - NAME - LABEL;
  const lines = rows.flatMap(([label, value]) => {
    const isLong = label.length >= LABEL;
    const texts = wrap(value, width).map(
      (text, i) => (i === 0 && !isLong ? label.padEnd(LABEL) : ' '.repeat(LABEL)) + text,
    );
    return isLong ? [label, ...texts] : texts;
  });
  return lines.map((line, i) => (i === 0 ? style.cyan(isolator.padEnd(NAME)) : ' '.repeat(NAME)) + line).join('\n');
}
