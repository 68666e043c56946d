/**
 * Going into a guest: ssh, with this terminal where there is one, in the folder of the project. See ssh(1).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { projectHome } from '../linux/native.ts';
import type { Series } from './debian.ts';
import { isAccelerated } from './emulator.ts';
import { needRunning, sshWords } from './guest.ts';
import { workFolder } from './shared.ts';

/** One word as a shell reads it back. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What the guest is told of here, besides the terminal's kind, which ssh tells. */
const PASSED_ON = ['NO_COLOR', 'COLORTERM'] as const;

/** Runs it in the guest: one word is a line for the shell, several are a command. Answers its exit code. */
export async function enter(series: Series, words: readonly string[]): Promise<number> {
  const state = needRunning(series);
  const line = words.length === 1 ? words[0]! : words.map(quoted).join(' ');
  const variables = {
    HOME: '/root',
    DRYDOCK_WORK: workFolder(),
    DRYDOCK_IN_VM: '1',
    ...(isAccelerated(state.acceleration) ? {} : { DRYDOCK_SLOWNESS: '10' }),
    ...Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
  };
  const surroundings = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/drydock/node';
  const whole = `${forgetOldBuild()}; cd ${quoted(projectHome())} && export ${surroundings.join(' ')} ${path} && ${line}`;
  const terminal = isatty(0) && isatty(1) ? ['-t'] : ['-T'];
  const ssh = spawn('ssh', [...terminal, ...sshWords(series, state), '--', whole], { stdio: 'inherit' });
  // Ctrl-C is for what runs in the guest. We stay until that has ended: somebody may have to give the disk back.
  const pass = (signal: NodeJS.Signals): void => void ssh.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
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
