/**
 * What a guest sees of this machine: the project and the folder of Node, which it may only read, and the learner's work.
 * Under their own names, so that every path that one of the two prints can be typed into the other.
 */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';
import { output } from './command.ts';

export interface Folder {
  readonly tag: string;
  readonly path: string;
  /** Where it is in the guest. */
  readonly inside: string;
  readonly writable: boolean;
}

export interface Shared {
  readonly folders: readonly Folder[];
  /** The path of Node's program. */
  readonly node: string;
}

export const workFolder = (): string => resolve(process.env.DRYDOCK_WORK || join(homedir(), 'drydock-work'));

/** The folders to share. Throws VM_LACKS when this machine's Node would not start in the guest. */
export function shared(): Shared {
  const node = process.execPath;
  needOwnLibraries(node);
  const work = workFolder();
  mkdirSync(work, { recursive: true });
  const home = projectHome();
  return {
    node,
    folders: [
      // Not below /run or /tmp: the dock has its own.
      { tag: 'node', path: dirname(node), inside: '/drydock/node', writable: false },
      { tag: 'project', path: home, inside: home, writable: false },
      { tag: 'work', path: work, inside: work, writable: true },
    ],
  };
}

/** What the guest has for it: vm/debian/packages. */
const THERE = /^(linux-vdso|ld-linux-x86-64|lib(c|m|dl|rt|pthread|stdc[+][+]|gcc_s|atomic))[.]so/;

/** Some distributions part their Node into a dozen libraries, which the guest has not. */
function needOwnLibraries(node: string): void {
  const names = output('ldd', [node])
    .split('\n')
    .map((line) => basename(line.trim().split(' ')[0]!));
  const foreign = names.filter((name) => name !== '' && !THERE.test(name));
  if (foreign.length === 0) return;
  throw new DrydockError('VM_LACKS', `the guest has no ${foreign[0]}, which ${node} needs`, {
    hint: 'start ./drydock with a Node that brings its libraries along, as those of nodejs.org do: PATH=FOLDER:$PATH',
  });
}
