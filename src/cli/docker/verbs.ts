/**
 * Every verb of Docker's, in the order in which help lists them, and the groups that Docker puts them into. A verb's
 * module is loaded when it is typed.
 */
import type { Command } from './command.ts';

export interface Entry {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line for the list of verbs. */
  readonly summary: string;
  load(): Promise<Command>;
}

const entry = (name: string, summary: string, load: () => Promise<{ verb: Command }>): Entry => ({
  name,
  summary,
  load: async () => (await load()).verb,
});

/** The same verb by another name: `container ls` is `ps`. */
const called = (known: Entry, name: string, ...aliases: string[]): Entry => ({ ...known, name, aliases });

const run = entry('run', 'make a container and run a command in it', () => import('./run.ts'));
const exec = entry('exec', 'run a command in a container that runs', () => import('./exec.ts'));
const ps = entry('ps', 'list containers', () => import('./ps.ts'));
const create = entry('create', 'make a container, and do not start it', () => import('./create.ts'));
const start = entry('start', 'start containers that have stopped', () => import('./start.ts'));
const stop = entry('stop', 'stop containers, gently at first', () => import('./stop.ts'));
const restart = entry('restart', 'stop containers and start them again', () => import('./restart.ts'));
const kill = entry('kill', 'send a signal to containers', () => import('./kill.ts'));
const rm = entry('rm', 'remove containers', () => import('./rm.ts'));
const wait = entry('wait', 'wait until containers end, and say their exit codes', () => import('./wait.ts'));
const logs = entry('logs', 'what a container has written', () => import('./logs.ts'));
const attach = entry('attach', 'see and type what a running container does', () => import('./attach.ts'));
const inspect = entry('inspect', 'everything about something, as JSON', () => import('./inspect.ts'));
const top = entry('top', 'the processes of a container', () => import('./top.ts'));
const stats = entry('stats', 'what containers use, as they run', () => import('./stats.ts'));
const port = entry('port', 'which ports of a container are published where', () => import('./port.ts'));
const rename = entry('rename', 'give a container another name', () => import('./rename.ts'));
const update = entry('update', 'change the limits of containers', () => import('./update.ts'));
const pause = entry('pause', 'stop all processes of containers for a while', () => import('./pause.ts'));
const unpause = entry('unpause', 'let paused containers go on', () => import('./unpause.ts'));
const cp = entry('cp', 'copy files into a container, or out of it', () => import('./cp.ts'));
const diff = entry('diff', 'what a container has changed in its files', () => import('./diff.ts'));
const exportVerb = entry('export', 'the files of a container as an archive', () => import('./export.ts'));
const commit = entry('commit', 'make an image of a container', () => import('./commit.ts'));
const images = entry('images', 'list images', () => import('./images.ts'));
const pull = entry('pull', 'fetch an image from a registry', () => import('./pull.ts'));
const push = entry('push', 'send an image to a registry', () => import('./push.ts'));
const tag = entry('tag', 'give an image a further name', () => import('./tag.ts'));
const rmi = entry('rmi', 'remove names of images, and images', () => import('./rmi.ts'));
const history = entry('history', 'the steps in which an image was made', () => import('./history.ts'));
const importVerb = entry('import', 'make an image out of an archive of files', () => import('./import.ts'));
const save = entry('save', 'write images into an archive', () => import('./save.ts'));
const load = entry('load', 'read images from an archive', () => import('./load.ts'));
const login = entry('login', 'say to a registry who you are', () => import('./login.ts'));
const logout = entry('logout', 'forget what login has remembered', () => import('./logout.ts'));
const search = entry('search', 'look for images in a registry', () => import('./search.ts'));
const events = entry('events', 'what happens in the engine, as it happens', () => import('./events.ts'));
const info = entry('info', 'the engine and its machine', () => import('./info.ts'));
const version = entry('version', 'which client, and which engine', () => import('./version.ts'));
const completion = entry('completion', 'words for the shell to complete', () => import('./completion.ts'));

export const verbs: readonly Entry[] = [
  ...[
    run,
    exec,
    ps,
    create,
    start,
    stop,
    restart,
    kill,
    rm,
    wait,
    logs,
    attach,
    inspect,
    top,
    stats,
    port,
    rename,
    update,
    pause,
    unpause,
    cp,
    diff,
    exportVerb,
    commit,
  ],
  ...[images, pull, push, tag, rmi, history, importVerb, save, load, login, logout, search],
  ...[events, info, version, completion],
];

const container: readonly Entry[] = [
  ...[attach, commit, cp, create, diff, exec, exportVerb, kill, logs],
  entry('inspect', 'everything about containers, as JSON', () => import('./container-inspect.ts')),
  called(ps, 'ls', 'ps', 'list'),
  ...[pause, port],
  entry('prune', 'remove the containers that do not run', () => import('./container-prune.ts')),
  ...[rename, restart, called(rm, 'rm', 'remove'), run, start, stats, stop, top, unpause, update, wait],
];

const image: readonly Entry[] = [
  ...[history, importVerb],
  entry('inspect', 'everything about images, as JSON', () => import('./image-inspect.ts')),
  ...[load, called(images, 'ls', 'list')],
  entry('prune', 'remove images that nobody would miss', () => import('./image-prune.ts')),
  ...[pull, push, called(rmi, 'rm', 'remove'), save, tag],
];

const volume: readonly Entry[] = [
  entry('create', 'make a volume', () => import('./volume-create.ts')),
  entry('inspect', 'everything about volumes, as JSON', () => import('./volume-inspect.ts')),
  called(
    entry('ls', 'list volumes', () => import('./volume-ls.ts')),
    'ls',
    'list',
  ),
  entry('prune', 'remove volumes that no container has', () => import('./volume-prune.ts')),
  called(
    entry('rm', 'remove volumes', () => import('./volume-rm.ts')),
    'rm',
    'remove',
  ),
];

const network: readonly Entry[] = [
  entry('connect', 'put a container into a network', () => import('./network-connect.ts')),
  entry('create', 'make a network', () => import('./network-create.ts')),
  entry('disconnect', 'take a container out of a network', () => import('./network-disconnect.ts')),
  entry('inspect', 'everything about networks, as JSON', () => import('./network-inspect.ts')),
  called(
    entry('ls', 'list networks', () => import('./network-ls.ts')),
    'ls',
    'list',
  ),
  entry('prune', 'remove networks that no container is in', () => import('./network-prune.ts')),
  called(
    entry('rm', 'remove networks', () => import('./network-rm.ts')),
    'rm',
    'remove',
  ),
];

const system: readonly Entry[] = [
  entry('df', 'what takes how much of the disk', () => import('./system-df.ts')),
  ...[events, info],
  entry('prune', 'remove what nobody would miss', () => import('./system-prune.ts')),
];

export const groups: Readonly<Record<string, readonly Entry[]>> = { container, image, volume, network, system };

/** Whether a command line that begins so is for the engine: a verb, a group, or an option that says where it is. */
export function isForEngine(word: string): boolean {
  return isEngineOption(word) || Object.hasOwn(groups, word) || verbs.some(({ name }) => name === word);
}

/** `-H`, `-Hunix://…`, `--host=…`, `--tlsverify` … */
export function isEngineOption(word: string): boolean {
  return /^(-[HDcl]|--(host|tls|tlsverify|tlscacert|tlscert|tlskey|config|context|debug|log-level)(=|$))/.test(word);
}
