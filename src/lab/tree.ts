/**
 * What is in the lab: the directories, the files and the links, as data.
 *
 * Modes and owners matter more than contents: /tmp is sticky, /root closed, and everything belongs to root, whatever
 * the umask of whoever makes it.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const directories: readonly (readonly [path: string, mode: number])[] = [
  ...['bin', 'sbin', 'usr', 'usr/bin', 'usr/sbin', 'usr/local', 'usr/local/bin', 'usr/local/sbin'].map(readable),
  ...['dev', 'etc', 'home', 'home/learner', 'mnt', 'opt', 'proc', 'run', 'srv', 'sys', 'var', 'var/log'].map(readable),
  ['root', 0o700],
  ['tmp', 0o1777],
  ['var/tmp', 0o1777],
];

function readable(path: string): readonly [string, number] {
  return [path, 0o755];
}

const files: Readonly<Record<string, string>> = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
    'learner:x:1000:1000:learner:/home/learner:/bin/sh',
    '',
  ].join('\n'),
  'etc/group': ['root:x:0:', 'tty:x:5:', 'nogroup:x:65534:', 'learner:x:1000:', ''].join('\n'),
  'etc/hosts': ['127.0.0.1\tlocalhost', '::1\tlocalhost', ''].join('\n'),
  'etc/resolv.conf': '# This container has no name server.\n',
  'etc/hostname': 'lab\n',
  'etc/profile': ["export PS1='\\u@\\h:\\w\\$ '", ''].join('\n'),
  'etc/os-release': ['ID=drydock-lab', 'NAME="Drydock lab"', 'PRETTY_NAME="Drydock lab (busybox)"', ''].join('\n'),
};

/** Makes the tree in a new directory: everything but busybox itself. */
export function writeTree(root: string, applets: readonly string[]): void {
  makeDirectory(root, 0o755);
  for (const [path, mode] of directories) makeDirectory(join(root, path), mode);
  for (const [path, text] of Object.entries(files)) {
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), 0o644);
  }
  for (const applet of applets) linkApplet(root, applet);
}

// mkdir(2) takes the umask away from the mode, so it is set afterwards.
function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/** Relative links: they lead to the same place seen from outside, from inside, and in a half-built container. */
function linkApplet(root: string, applet: string): void {
  const link = join(root, applet);
  if (applet === 'bin/busybox' || existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), join(root, 'bin/busybox')), link);
}

/** A copy, never a hard link: the host's package manager may write to its own file. */
export function copyProgram(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}
