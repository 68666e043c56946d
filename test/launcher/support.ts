/**
 * A project folder in which only the launcher is real: Node, the shim, npm and sudo say what they were asked, so a test
 * sees what ./drydock would have started, without a build and without changing the machine.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const HOME = resolve(__dirname, '../..');

export interface Answer {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Checkout {
  /** Holds `my code/drydock`, and whatever a test adds. */
  readonly folder: string;
  readonly home: string;
  readonly run: (command: string[], options?: { cwd?: string; env?: NodeJS.ProcessEnv }) => Answer;
  /** Makes a file newer than the build, in a folder of the sources. */
  readonly edit: (path: string) => void;
  /** From now on npm is this script, beside a Node that is real. */
  readonly npm: (script: string) => void;
  readonly remove: () => void;
}

/** Says its own name, the words after it and the variables that matter. */
const speaker = `#!/bin/sh
printf '%s' "\${0##*/}"; printf ' [%s]' "$@"; printf ' home=%s docked=%s\\n' "\${DRYDOCK_HOME:-}" "\${DRYDOCK_DOCKED:-}"
`;

function executable(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** A checkout that is built, in a path with a space, two minutes old. */
export function checkout(): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-launcher-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'my code', 'drydock');
  mkdirSync(home, { recursive: true });
  for (const file of ['drydock', 'drydock-oci', 'CMakeLists.txt', 'package-lock.json', 'tsconfig.json'])
    copyFileSync(join(HOME, file), join(home, file));
  cpSync(join(HOME, 'scripts'), join(home, 'scripts'), { recursive: true });
  for (const name of ['src', 'addon', 'lessons', 'dist']) mkdirSync(join(home, name));
  writeFileSync(join(home, 'src', 'a.ts'), '');
  writeFileSync(join(home, 'dist', 'drydock.cjs'), '');
  writeFileSync(join(home, 'dist', 'daemon.flags'), '--small --frugal\n');
  writeFileSync(join(home, 'dist', 'client.sources'), 'src/a.ts scripts\n');
  writeFileSync(join(home, 'dist', 'runtime.sources'), 'src addon scripts\n');
  executable(join(home, 'bin', 'node'), speaker);
  executable(join(home, 'build', 'Release', 'drydock-shim'), speaker);
  writeFileSync(join(home, 'build', 'ready'), `node='${join(home, 'bin', 'node')}'\n`);
  const soon = Date.now() / 1000 + 2;
  utimesSync(join(home, 'build', 'ready'), soon, soon);

  return {
    folder,
    home,
    run: ([command, ...args], { cwd = '/', env = {} } = {}) => {
      const { status, stdout, stderr } = spawnSync(command!, args, {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: folder, DRYDOCK_ROOT: join(folder, 'root'), ...runFolder(folder), ...env },
      });
      return { code: status, out: stdout, err: stderr };
    },
    edit: (path) => {
      writeFileSync(join(home, path), '// edited\n');
      utimesSync(join(home, path), soon + 10, soon + 10);
    },
    npm: (script) => {
      const bin = join(home, '.node/bin');
      executable(join(bin, 'npm'), `#!/bin/sh\n${script}\n`);
      if (!existsSync(join(bin, 'node'))) symlinkSync(process.execPath, join(bin, 'node'));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const runFolder = (folder: string): NodeJS.ProcessEnv => ({ DRYDOCK_RUN: join(folder, 'run') });

/** A folder whose commands are found first. */
export function commands(folder: string, scripts: Record<string, string>): string {
  const bin = join(folder, 'commands');
  for (const [name, text] of Object.entries(scripts)) executable(join(bin, name), `#!/bin/sh\n${text}\n`);
  return `${bin}:${process.env.PATH}`;
}

/** As somebody who is not root; the tests of the launcher run as root. */
export const asNobody = (command: string[]): string[] => [
  'setpriv',
  '--reuid=65534',
  '--clear-groups',
  '--',
  ...command,
];
