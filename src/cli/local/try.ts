/**
 * `drydock try`: the learner's container. Always the lab, always in the foreground, without an engine, and made of as
 * many isolators as the learner wants to see: `--without pid` peels one off the finished runtime, `--upto pid` has what
 * the lessons have taught so far, `--mine` has the learner's own functions in it.
 *
 *     --explain   the plan on paper, nothing runs, no root is needed
 *     --trace     each step as it happens
 *     --step      a pause before each step, and what changed in the kernel after it
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { labRoot } from '../../lab/lab.ts';
import { labRootfs, labRootfsPath, removeLabRootfs, reserveLabRootfs, rootlessLabRootfs } from '../../lab/rootfs.ts';
import { features } from '../../linux/features.ts';
import { findAccount, type Account } from '../../runtime/account.ts';
import { defaultSpec } from '../../runtime/default-spec.ts';
import { withInit } from '../../runtime/init.ts';
import type * as Ours from '../../runtime/index.ts';
import type { AnyIsolator } from '../../runtime/isolators/index.ts';
import { withLink } from '../../runtime/link.ts';
import { remapped } from '../../runtime/remap.ts';
import { rootlessSpec } from '../../runtime/rootless.ts';
import type { Spec } from '../../runtime/spec.ts';
import { endNow, exitWith } from '../exit.ts';
import { rootFolder, runFolder } from '../folders.ts';
import { inVm, wentThere } from '../in-vm.ts';
import { isTerminal, sizeOf } from '../terminal.ts';
import { needRoot, runInForeground, type ForegroundOptions } from './foreground.ts';
import { annotationsOf } from './annotations.ts';
import { fromOurs, withVariables } from './environment.ts';
import { limitOptions, limitsOf, type LimitOptions } from './limits.ts';
import { powerOptions, withPowers, type PowerOptions } from './powers.ts';
import { chooseStack } from './stack.ts';
import type { Once } from './step.ts';
import { absolute } from './workdir.ts';

type Runtime = typeof Ours;

export interface TryOptions extends LimitOptions, PowerOptions {
  upto?: string;
  without?: string[];
  mine?: boolean;
  explain?: boolean;
  trace?: boolean;
  step?: boolean;
  json?: boolean;
  plain?: boolean;
  interactive?: boolean;
  tty?: boolean;
  env?: string[];
  annotation?: string[];
  workdir?: string;
  user?: string;
  hostname?: string;
  init?: boolean;
  net?: 'none' | 'link';
  userns?: boolean;
  rootless?: boolean;
  name?: string;
  inVm?: boolean;
}

export const verb: CommandModule<object, TryOptions> = {
  command: 'try [OPTIONS] [CMD…]',
  describe: 'Runs a command, or a shell, in a container made of the lessons you choose.',
  builder: (yargs) =>
    yargs
      .options({
        upto: { type: 'string', requiresArg: true, describe: 'only the lessons (or isolators) up to this one' },
        without: {
          type: 'string',
          array: true,
          nargs: 1,
          describe: 'leave out a lesson or isolator; may be repeated',
        },
        mine: { type: 'boolean', describe: 'with every function that you have solved' },
        explain: { type: 'boolean', describe: 'print the plan; run nothing' },
        trace: { type: 'boolean', describe: 'print each step as it happens' },
        step: { type: 'boolean', describe: 'pause before each step and show what it changed' },
        json: { type: 'boolean', describe: 'plan, trace and errors as JSON' },
        interactive: { alias: 'i', type: 'boolean', describe: 'keep standard input open' },
        tty: { alias: 't', type: 'boolean', describe: 'a terminal of its own' },
        env: { alias: 'e', type: 'string', array: true, nargs: 1, describe: 'NAME=value, or NAME of ours' },
        annotation: { type: 'string', array: true, nargs: 1, describe: 'NAME=VALUE in the config' },
        workdir: { alias: 'w', type: 'string', requiresArg: true, describe: 'working directory' },
        user: { alias: 'u', type: 'string', requiresArg: true, describe: 'name or uid, and :group' },
        hostname: { type: 'string', requiresArg: true, describe: 'host name inside' },
        net: { choices: ['none', 'link'] as const, describe: 'loopback alone, or a link to this machine' },
        userns: { type: 'boolean', describe: 'root inside is nobody outside (user namespace)' },
        rootless: { type: 'boolean', describe: 'as an ordinary user, who is root inside' },
        init: { type: 'boolean', describe: 'a PID 1 that does its duties, before CMD' },
        ...limitOptions,
        ...powerOptions,
        ...inVm,
        rm: { type: 'boolean', describe: 'always so: nothing is left behind' },
        name: { type: 'string', requiresArg: true, describe: 'id of the container instead of a random one' },
      })
      .example('$0 try', 'a shell in the lab')
      .example('$0 try sh -c "hostname; ps; ls /"', 'what a container sees')
      .example('$0 try --without pid ps', 'the same, one isolator less')
      .example('$0 try --upto mounts --explain', 'what the first three lessons do')
      .example('$0 try --step hostname', 'one step at a time'),
  handler: async (argv) => {
    if (await wentThere(argv)) return;
    if (!argv.mine) return explainOrRun(argv);
    const code = await inDock();
    if (code !== undefined) return exitWith(code);
    const { withMine } = await import('../../learn/mine.ts');
    const { tellWhose } = await import('./mine.ts');
    await withMine((runtime) => explainOrRun(argv, runtime, tellWhose));
    await endNow();
  },
};

/** `tell` says what a person should know of the stack before the start. */
async function explainOrRun(
  argv: ArgumentsCamelCase<TryOptions>,
  runtime?: Runtime,
  tell?: (stack: readonly AnyIsolator[]) => Promise<void>,
): Promise<void> {
  const wishes = wishesOf(argv, runtime);
  if (!argv.json) await tell?.(wishes.stack);
  if (argv.explain) return explain(wishes, argv);
  exitWith(await runTry(wishes, argv));
}

/** What was asked for, with everything that follows from it. */
interface Wishes {
  id: string;
  args: readonly string[];
  interactive: boolean;
  terminal: boolean;
  stack: readonly AnyIsolator[];
  /** Rebuilt around the learner's functions; ours otherwise. */
  runtime?: Runtime;
}

function wishesOf(argv: ArgumentsCamelCase<TryOptions>, runtime?: Runtime): Wishes {
  const { stack, fallen } = chooseStack(argv, runtime?.isolators);
  if (fallen.length) note(`without those, these cannot be either: ${fallen.join(', ')}`);
  const words = [...argv._, ...((argv['--'] as string[] | undefined) ?? [])].map(String);
  const isShell = words.length === 0;
  const onTerminal = isTerminal(0) && isTerminal(1);
  return {
    id: argv.name ?? randomId(),
    args: isShell ? ['sh'] : words,
    interactive: argv.interactive ?? isShell,
    terminal: argv.tty ?? (isShell && onTerminal),
    stack,
    runtime,
  };
}

/** 12 hex digits. Straight from the kernel: node:crypto would cost more than the rest of the command line. */
function randomId(): string {
  const bytes = Buffer.alloc(6);
  const source = openSync('/dev/urandom', 'r');
  readSync(source, bytes);
  closeSync(source);
  return bytes.toString('hex');
}

/** How long `try --mine` may stay in the dock: as long as the launcher gives it. */
const DOCKED_SECONDS = 1800;

/** As root a learner's code runs in the dock only: the whole command line once more, in there. */
async function inDock(): Promise<number | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { docked } = await import('../../learn/dock.ts');
  return docked({ verb: 'try --mine', seconds: DOCKED_SECONDS });
}

function note(text: string): void {
  process.stderr.write(`drydock: ${text}\n`);
}

/** The config that the wishes come to; `files` is a tree with the /etc/passwd to look users up in. */
function specOf(wishes: Wishes, argv: TryOptions, root: string, account: Account): Spec {
  const { id, args, terminal } = wishes;
  const hostname = hostNameOf(argv.hostname ?? id.slice(0, MAX_HOST_NAME));
  const spec = defaultSpec(
    {
      args,
      root,
      hostname,
      terminal,
      cwd: absolute(argv.workdir ?? '/', '--workdir'),
      env: [`HOSTNAME=${hostname}`, `HOME=${account.home}`],
      user: { uid: account.uid, gid: account.gid, additionalGids: account.additionalGids },
    },
    features(),
  );
  spec.process.env = withVariables(spec.process.env ?? [], (argv.env ?? []).flatMap(fromOurs));
  if (argv.annotation) spec.annotations = annotationsOf(argv.annotation);
  spec.process = withPowers(spec.process, argv);
  spec.linux = { ...spec.linux, resources: limitsOf(argv) };
  const linked = argv.net === 'link' ? withLink(spec) : spec;
  return argv.init ? withInit(linked) : linked;
}

/** The same with the ids that it will have: an ordinary user's container has a user namespace always, root's if asked. */
function withIds(spec: Spec, { userns }: TryOptions, rootless: boolean): Spec {
  if (rootless) return rootlessSpec(spec);
  return userns ? remapped(spec) : spec;
}

/** What sethostname(2) takes, in bytes. */
const MAX_HOST_NAME = 64;

function hostNameOf(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes <= MAX_HOST_NAME) return name;
  throw new DrydockError('BAD_USAGE', `the host name '${name}' has ${bytes} bytes`, {
    hint: `at most ${MAX_HOST_NAME}`,
  });
}

async function runTry(wishes: Wishes, argv: TryOptions): Promise<number> {
  const { id, interactive, terminal, stack, runtime } = wishes;
  if (interactive && terminal && !isTerminal(0)) {
    // Docker's words, and its exit code: scripts look for them.
    process.stderr.write('the input device is not a TTY\n');
    return 1;
  }
  needRoot('try', 'mounts and namespaces', argv.rootless);
  const run = runFolder();
  const lower = await labRoot(rootFolder());
  const isRoot = process.getuid?.() === 0;
  const asked = specOf(wishes, argv, labRootfsPath(run, id), findAccount(argv.user, lower));
  const spec = withIds(asked, argv, !isRoot);
  const files = isRoot ? labRootfs(lower, run) : rootlessLabRootfs(lower, run);
  const hasFiles = stack.some(({ name }) => name === 'rootfs');
  if (!hasFiles) note("without rootfs the program sees this machine's own files");
  const options: ForegroundOptions = {
    runtime,
    id,
    run,
    spec,
    bundle: run,
    isolators: hasFiles ? [files, ...stack] : stack,
    stdio: [interactive ? 0 : openSync('/dev/null', 'r'), 1, 2],
    size: terminal ? sizeOf(0) : undefined,
  };
  return watched(options, argv, hasFiles ? withLabRootfs(run, id) : (body) => body());
}

/** Around one container: its root file system is reserved, and gone afterwards. */
function withLabRootfs(run: string, id: string): Once {
  return async (body) => {
    reserveLabRootfs(run, id);
    try {
      return await body();
    } finally {
      // Where a failure came before the claim was saved, the empty directory is still there.
      removeLabRootfs(labRootfsPath(run, id).replace(/\/rootfs$/, ''));
    }
  };
}

/** Runs it, with somebody looking on if that was asked for. */
async function watched(options: ForegroundOptions, argv: TryOptions, once: Once): Promise<number> {
  if (argv.step) {
    const { stepThrough } = await import('./step.ts');
    return stepThrough(options, argv, once);
  }
  if (argv.trace) {
    const { traced } = await import('./trace.ts');
    return once(() => traced(options, argv));
  }
  return once(() => runInForeground(options));
}

async function explain(wishes: Wishes, argv: TryOptions): Promise<void> {
  const { explainPlan } = await import('./explain.ts');
  const root = labRootfsPath(runFolder(), wishes.id);
  const account = accountOnPaper(argv.user);
  const spec = specOf(wishes, argv, root, account);
  const rootless = process.getuid?.() !== 0 && (argv.rootless ?? process.env.DRYDOCK_ROOTLESS === '1');
  await explainPlan(withIds(spec, argv, rootless), { ...wishes, rootless }, argv);
}

// Without root the lab may not exist yet, and /etc/passwd neither: names are shown as root.
function accountOnPaper(user: string | undefined): Account {
  const uid = Number(/^\d{1,10}/.exec(user ?? '0')?.[0] ?? 0);
  return {
    uid,
    gid: Number(/:(\d{1,10})$/.exec(user ?? '')?.[1] ?? 0),
    additionalGids: [],
    home: uid === 0 ? '/root' : '/',
  };
}
