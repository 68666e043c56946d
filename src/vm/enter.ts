/**
 * Going into a guest: ssh, with this terminal where there is one, in the folder of the project. See ssh(1).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { projectHome } from '../linux/native.ts';
import type { Series } from './debian.ts';
import { needRunning, sshWords } from './guest.ts';
import { workFolder } from './shared.ts';

/** One word as a shell reads it back. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs it in the guest: one word is a line for the shell, several are a command. Answers its exit code. */
export async function enter(series: Series, words: readonly string[]): Promise<number> {
  const state = needRunning(series);
  const line = words.length === 1 ? words[0]! : words.map(quoted).join(' ');
  const surroundings = `export HOME=/root DRYDOCK_WORK=${quoted(workFolder())} DRYDOCK_IN_VM=1`;
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/drydock/node';
  const whole = `cd ${quoted(projectHome())} && ${surroundings} ${path} && ${line}`;
  const terminal = isatty(0) && isatty(1) ? ['-t'] : ['-T'];
  const ssh = spawn('ssh', [...terminal, ...sshWords(series, state), '--', whole], { stdio: 'inherit' });
  const [code, signal] = (await once(ssh, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal!];
}
