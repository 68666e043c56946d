/**
 * Somebody who sits at a root shell and types what a chapter says: one bash on a terminal, in namespaces of its own, in
 * an empty folder with `./drydock` in it. Everything that is started there ends with it.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectHome } from '../../linux/native.ts';

const PROMPT = '@drydock-prompt@';
const PATIENCE_MS = 120_000;
/** Its number is one in there, so it is asked from inside; its socket goes last. */
const END_OF_ENGINE =
  'kill $(cat $DRYDOCK_RUN/drydock.pid) 2>/dev/null && while [ -e $DRYDOCK_RUN/drydock.pid ]; do sleep 0.05; done';
/** Those of jobs: their cgroups are the machine's, and would outlive their namespaces. An engine has ended before. */
const OCI = './drydock oci --root $DRYDOCK_RUN';
const END_OF_CONTAINERS = `for id in $(${OCI} list -q); do ${OCI} delete --force $id; done`;

export class Session {
  private readonly folder = mkdtempSync(join(tmpdir(), 'drydock-reader-'));
  private readonly shell: ChildProcessWithoutNullStreams;
  private heard = '';
  private wake: () => void = () => undefined;
  private ended = false;

  private constructor() {
    // Root of a user namespace is an ordinary user out here, and has to pass.
    mkdirSync(join(this.folder, '.of-the-reader'));
    writeFileSync(join(this.folder, 'drydock'), `#!/bin/sh\nexec ${projectHome()}/drydock "$@"\n`, { mode: 0o755 });
    const bash = 'bash --noediting --norc --noprofile -i';
    // Low numbers are taken, as by a machine's kernel threads: ps(1) asks /proc for its own number, also where its own
    // number is that of another namespace. And a reader's shell is not number 1.
    const crowd = 'for i in 1 2 3 4 5 6 7 8 9; do sleep infinity & done';
    const inside = `unshare -mpniu --fork --kill-child --mount-proc sh -c '${crowd}; ip link set lo up; ${bash}; exit'`;
    this.shell = spawn('script', ['-qfec', inside, '/dev/null'], { cwd: this.folder, env: this.environment() });
    for (const stream of [this.shell.stdout, this.shell.stderr])
      stream.on('data', (bytes: Buffer) => {
        this.heard += bytes.toString().replaceAll('\r', '');
        this.wake();
      });
    this.shell.on('close', () => {
      this.ended = true;
      this.wake();
    });
    this.shell.stdin.on('error', () => undefined); // It has ended: `type` says so.
  }

  /** A shell that waits for its first command. */
  static async open(): Promise<Session> {
    const session = new Session();
    await session.prompted('its start');
    await session.type('stty -echo cols 80 rows 24');
    return session;
  }

  /** Types a command, and gives what was printed until the shell asked for the next one. */
  async type(command: string): Promise<string> {
    this.shell.stdin.write(`${command}\n`);
    return this.prompted(command);
  }

  private async prompted(command: string): Promise<string> {
    const late = setTimeout(() => this.shell.kill('SIGKILL'), PATIENCE_MS);
    while (!this.heard.includes(PROMPT) && !this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
    clearTimeout(late);
    const [text = '', ...rest] = this.heard.split(PROMPT);
    if (rest.length === 0)
      throw new Error(`the shell ended, or was ended after ${PATIENCE_MS / 1000} s, at: ${command}\n${text}`);
    this.heard = rest.join(PROMPT);
    return text;
  }

  /** Ends everything that was started in it: what has cgroups or a bridge by itself, all else at once. */
  async close(): Promise<void> {
    try {
      for (const command of [END_OF_ENGINE, END_OF_CONTAINERS]) if (!this.ended) await this.type(command);
    } finally {
      this.shell.kill('SIGKILL');
      while (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private environment(): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    const below = (name: string): string => join(this.folder, '.of-the-reader', name);
    return {
      ...{ PATH, HOME, TERM: 'dumb', PAGER: 'cat', PS1: PROMPT, PS2: '', LC_ALL: 'C.UTF-8', NO_COLOR: '1' },
      ...{ DRYDOCK_ROOT: below('root'), DRYDOCK_RUN: below('run'), DRYDOCK_WORK: below('work'), DRYDOCK_YES: '1' },
    };
  }
}
