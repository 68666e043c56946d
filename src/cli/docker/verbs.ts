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

const entry = (name: string, summary: string, load: () => Promise<Command>): Entry => ({ name, summary, load });

/** The same verb by another name: `container ls` is `ps`. */
const called = (known: Entry, name: string, ...aliases: string[]): Entry => ({ ...known, name, aliases });

const run = entry('run', 'make a container and run a command in it', async () => (await import('./run.ts')).verb);
const exec = entry('exec', 'run a command in a container that runs', async () => (await import('./exec.ts')).verb);
const ps = entry('ps', 'list containers', async () => (await import('./ps.ts')).verb);
const create = entry('create', 'make a container, and do not start it', async () => (await import('./create.ts')).verb);
const start = entry('start', 'start containers that have stopped', async () => (await import('./start.ts')).verb);
const stop = entry('stop', 'stop containers, gently at first', async () => (await import('./stop.ts')).verb);
const restart = entry(
  'restart',
  'stop containers and start them again',
  async () => (await import('./restart.ts')).verb,
);
const kill = entry('kill', 'send a signal to containers', async () => (await import('./kill.ts')).verb);
const rm = entry('rm', 'remove containers', async () => (await import('./rm.ts')).verb);
const wait = entry(
  'wait',
  'wait until containers end, and say their exit codes',
  async () => (await import('./wait.ts')).verb,
);
const logs = entry('logs', 'what a container has written', async () => (await import('./logs.ts')).verb);
const attach = entry(
  'attach',
  'see and type what a running container does',
  async () => (await import('./attach.ts')).verb,
);
const inspect = entry(
  'inspect',
  'everything about something, as JSON',
  async () => (await import('./inspect.ts')).verb,
);
const top = entry('top', 'the processes of a container', async () => (await import('./top.ts')).verb);
const stats = entry('stats', 'what containers use, as they run', async () => (await import('./stats.ts')).verb);
const port = entry(
  'port',
  'which ports of a container are published where',
  async () => (await import('./port.ts')).verb,
);
const rename = entry('rename', 'give a container another name', async () => (await import('./rename.ts')).verb);
const update = entry('update', 'change the limits of containers', async () => (await import('./update.ts')).verb);
const pause = entry(
  'pause',
  'stop all processes of containers for a while',
  async () => (await import('./pause.ts')).verb,
);
const unpause = entry('unpause', 'let paused containers go on', async () => (await import('./unpause.ts')).verb);
const cp = entry('cp', 'copy files into a container, or out of it', async () => (await import('./cp.ts')).verb);
const diff = entry('diff', 'what a container has changed in its files', async () => (await import('./diff.ts')).verb);
const exportVerb = entry(
  'export',
  'the files of a container as an archive',
  async () => (await import('./export.ts')).verb,
);
const commit = entry('commit', 'make an image of a container', async () => (await import('./commit.ts')).verb);
const build = entry('build', 'make an image from a Dockerfile', async () => (await import('./build.ts')).verb);
const images = entry('images', 'list images', async () => (await import('./images.ts')).verb);
const pull = entry('pull', 'fetch an image from a registry', async () => (await import('./pull.ts')).verb);
const push = entry('push', 'send an image to a registry', async () => (await import('./push.ts')).verb);
const tag = entry('tag', 'give an image a further name', async () => (await import('./tag.ts')).verb);
const rmi = entry('rmi', 'remove names of images, and images', async () => (await import('./rmi.ts')).verb);
const history = entry(
  'history',
  'the steps in which an image was made',
  async () => (await import('./history.ts')).verb,
);
const importVerb = entry(
  'import',
  'make an image out of an archive of files',
  async () => (await import('./import.ts')).verb,
);
const save = entry('save', 'write images into an archive', async () => (await import('./save.ts')).verb);
const load = entry('load', 'read images from an archive', async () => (await import('./load.ts')).verb);
const login = entry('login', 'say to a registry who you are', async () => (await import('./login.ts')).verb);
const logout = entry('logout', 'forget what login has remembered', async () => (await import('./logout.ts')).verb);
const search = entry('search', 'look for images in a registry', async () => (await import('./search.ts')).verb);
const events = entry(
  'events',
  'what happens in the engine, as it happens',
  async () => (await import('./events.ts')).verb,
);
const info = entry('info', 'the engine and its machine', async () => (await import('./info.ts')).verb);
const version = entry('version', 'which client, and which engine', async () => (await import('./version.ts')).verb);
const completion = entry(
  'completion',
  'words for the shell to complete',
  async () => (await import('./completion.ts')).verb,
);

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
  ...[build, images, pull, push, tag, rmi, history, importVerb, save, load, login, logout, search],
  ...[events, info, version, completion],
];

const container: readonly Entry[] = [
  ...[attach, commit, cp, create, diff, exec, exportVerb, kill, logs],
  entry('inspect', 'everything about containers, as JSON', async () => (await import('./container-inspect.ts')).verb),
  called(ps, 'ls', 'ps', 'list'),
  ...[pause, port],
  entry('prune', 'remove the containers that do not run', async () => (await import('./container-prune.ts')).verb),
  ...[rename, restart, called(rm, 'rm', 'remove'), run, start, stats, stop, top, unpause, update, wait],
];

const image: readonly Entry[] = [
  ...[build, history, importVerb],
  entry('inspect', 'everything about images, as JSON', async () => (await import('./image-inspect.ts')).verb),
  ...[load, called(images, 'ls', 'list')],
  entry('prune', 'remove images that nobody would miss', async () => (await import('./image-prune.ts')).verb),
  ...[pull, push, called(rmi, 'rm', 'remove'), save, tag],
];

const builder: readonly Entry[] = [
  build,
  entry('prune', 'remove what builds have kept', async () => (await import('./builder-prune.ts')).verb),
];

const volume: readonly Entry[] = [
  entry('create', 'make a volume', async () => (await import('./volume-create.ts')).verb),
  entry('inspect', 'everything about volumes, as JSON', async () => (await import('./volume-inspect.ts')).verb),
  called(
    entry('ls', 'list volumes', async () => (await import('./volume-ls.ts')).verb),
    'ls',
    'list',
  ),
  entry('prune', 'remove volumes that no container has', async () => (await import('./volume-prune.ts')).verb),
  called(
    entry('rm', 'remove volumes', async () => (await import('./volume-rm.ts')).verb),
    'rm',
    'remove',
  ),
];

const network: readonly Entry[] = [
  entry('connect', 'put a container into a network', async () => (await import('./network-connect.ts')).verb),
  entry('create', 'make a network', async () => (await import('./network-create.ts')).verb),
  entry('disconnect', 'take a container out of a network', async () => (await import('./network-disconnect.ts')).verb),
  entry('inspect', 'everything about networks, as JSON', async () => (await import('./network-inspect.ts')).verb),
  called(
    entry('ls', 'list networks', async () => (await import('./network-ls.ts')).verb),
    'ls',
    'list',
  ),
  entry('prune', 'remove networks that no container is in', async () => (await import('./network-prune.ts')).verb),
  called(
    entry('rm', 'remove networks', async () => (await import('./network-rm.ts')).verb),
    'rm',
    'remove',
  ),
];

const system: readonly Entry[] = [
  entry('df', 'what takes how much of the disk', async () => (await import('./system-df.ts')).verb),
  ...[events, info],
  entry('prune', 'remove what nobody would miss', async () => (await import('./system-prune.ts')).verb),
];

export const groups: Readonly<Record<string, readonly Entry[]>> = {
  builder,
  container,
  image,
  volume,
  network,
  system,
};

/** Every first word that is a verb or a group of these. */
export const dockerWords = (): string[] => [...verbs.map(({ name }) => name), ...Object.keys(groups)];

/** Whether a command line that begins so is for the engine: a verb, a group, or an option that says where it is. */
export function isForEngine(word: string): boolean {
  return isEngineOption(word) || dockerWords().includes(word);
}

/** `-H`, `-Hunix://…`, `--host=…`, `--tlsverify` … */
function isEngineOption(word: string): boolean {
  return /^(-[HDcl]|--(host|tls|tlsverify|tlscacert|tlscert|tlskey|config|context|debug|log-level)(=|$))/.test(word);
}
