/**
 * Going into a guest: ssh, with this terminal where there is one, in the folder of the project. See ssh(1).
 *
 * With a terminal, Ctrl-C is a byte that goes to the guest's terminal. Without one, ssh has no way to tell the guest of a
 * signal, and the program there would outlive it. So it gets a session of its own, whose number lies in a file; ssh
 * ignores signals, and whoever wants to end us ends that session by a second ssh.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { projectHome } from '../linux/native.ts';
import type { Series } from './debian.ts';
import { isAccelerated } from './emulator.ts';
import { sshWords, type State } from './guest.ts';
import { workFolder } from './shared.ts';
import { needReady } from './start.ts';

/** One word as a shell reads it back. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What the guest is told of here, besides the terminal's kind, which ssh tells. */
const PASSED_ON = ['NO_COLOR', 'COLORTERM'] as const;

/** Runs it in the guest: one word is a line for the shell, several are a command. Answers its exit code. */
export async function enter(series: Series, words: readonly string[], say: (line: string) => void): Promise<number> {
  const state = await needReady(series, say);
  const line = words.length === 1 ? words[0]! : words.map(quoted).join(' ');
  const whole = `${forgetOldBuild()}; cd ${quoted(projectHome())} && ${surroundings(state)} && `;
  return isatty(0) && isatty(1) ? withTerminal(series, state, whole + line) : alone(series, state, whole, line);
}

function surroundings({ acceleration }: State): string {
  const variables = {
    HOME: '/root',
    DRYDOCK_WORK: workFolder(),
    DRYDOCK_IN_VM: '1',
    ...(isAccelerated(acceleration) ? {} : { DRYDOCK_SLOWNESS: '10' }),
    ...Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
  };
  const words = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/drydock/node';
  return `export ${words.join(' ')} ${path}`;
}

function withTerminal(series: Series, state: State, line: string): Promise<number> {
  const ssh = spawn('ssh', ['-t', ...sshWords(series, state), '--', line], { stdio: 'inherit' });
  // The guest's terminal hangs up, and its programs are told. We stay until ssh has ended: somebody may have to give the disk back.
  return ended(ssh, (signal) => void ssh.kill(signal));
}

/** Without a terminal. `before` is done in the guest in any case, the `line` in a session that can be ended. */
function alone(series: Series, state: State, before: string, line: string): Promise<number> {
  const file = `/run/drydock-run-${randomUUID()}`;
  // Who was ended before it had begun does not begin.
  const session = `echo $$ >${file}; [ ! -e ${file}.end ] || exit 130; ${line}`;
  const whole = `${before}{ setsid bash -c ${quoted(session)}; code=$?; rm -f ${file}*; exit $code; }`;
  // Ctrl-C of a terminal that is our input or our output goes to ssh as well, which must stay for what the program still says.
  const deaf = ['-c', 'trap "" INT TERM HUP QUIT; exec ssh "$@"', 'sh'];
  const ssh = spawn('sh', [...deaf, '-T', ...sshWords(series, state), '--', whole], { stdio: 'inherit' });
  let isAsked = false;
  return ended(ssh, (signal) => {
    // Who asks twice does not want to wait.
    const name = isAsked ? 'KILL' : signal.slice('SIG'.length);
    const kill = `: >${file}.end; kill -s ${name} -- "-$(cat ${file})"`;
    spawn('ssh', ['-T', ...sshWords(series, state), '--', kill], { stdio: 'ignore', detached: true }).unref();
    if (isAsked) ssh.kill('SIGKILL');
    isAsked = true;
  });
}

/** The exit code of ssh, which is that of what it has run; signals for us are passed on until then. */
async function ended(ssh: ChildProcess, pass: (signal: NodeJS.Signals) => void): Promise<number> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
  signals.forEach((signal) => process.on(signal, pass));
  try {
    const [code, signal] = (await once(ssh, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    signals.forEach((signal) => process.off(signal, pass));
  }
}

/** The guest keeps what it has read of the project. After a build here it reads anew. */
function forgetOldBuild(): string {
  const { mtimeMs } = statSync(join(projectHome(), 'dist/drydock.cjs'), { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  const seen = '/run/drydock-build';
  return `[ "$(cat ${seen} 2>&1)" = ${mtimeMs} ] || { echo 3 >/proc/sys/vm/drop_caches; echo ${mtimeMs} >${seen}; }`;
}
