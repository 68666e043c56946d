/**
 * The machine around the kernel: who we are, what is built, where the folders lie, and whether all of this happens
 * inside a container already.
 */
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { mountContaining } from '../../../linux/mountinfo.ts';
import { projectHome } from '../../../linux/native.ts';
import type { Finding } from './finding.ts';

const group = 'machine';

/** What was found around the kernel; `root` and `run` are Drydock's folders. */
export function machineFindings(root: string, run: string): Finding[] {
  const work = process.env.DRYDOCK_WORK ?? join(homedir(), 'drydock-work');
  const home = projectHome();
  return [
    identity(),
    surroundings(),
    ...built(home),
    lineEnds(home),
    folder('project folder', home, false),
    folder('DRYDOCK_ROOT', root, true),
    folder('DRYDOCK_RUN', run, true),
    folder('DRYDOCK_WORK', work, true),
    virtualization(),
  ];
}

function identity(): Finding {
  if (process.getuid?.() === 0) return { group, name: 'root', grade: 'ok', value: 'yes' };
  return {
    group,
    name: 'root',
    grade: 'weak',
    value: `no, uid ${process.getuid?.()}`,
    without: 'try, oci, demo and check need root; read, begin, hint, doctor and try --explain do not',
    advice: 'nothing: ./drydock asks sudo when a verb needs it',
  };
}

/** /.dockerenv alone is no proof: it may lie in an image that was unpacked to be a machine. */
function surroundings(): Finding {
  const signs = containerSigns();
  if (signs.length === 0) return { group, name: 'inside a container', grade: 'ok', value: 'no sign of it' };
  return {
    group,
    name: 'inside a container',
    grade: 'weak',
    value: `it looks so: ${signs.join(', ')}`,
    without: 'mounts, cgroups or devices may be forbidden by the outer container',
    advice: 'if something is refused, start the outer one with --privileged, or use a virtual machine',
  };
}

function containerSigns(): string[] {
  const signs: string[] = [];
  const environment = text('/proc/1/environ').split('\0');
  const kind = environment.find((entry) => entry.startsWith('container='));
  if (kind) signs.push(`PID 1 has ${kind}`);
  if (existsSync('/run/.containerenv')) signs.push('/run/.containerenv');
  const cgroup = /\b(docker|kubepods|lxc|libpod|containerd|drydock)\b/.exec(text('/proc/1/cgroup'))?.[1];
  if (cgroup) signs.push(`PID 1 is in a cgroup of ${cgroup}`);
  if (signs.length && existsSync('/.dockerenv')) signs.push('/.dockerenv');
  return signs;
}

function built(home: string): Finding[] {
  return ['linux.node', 'drydock-shim', 'drydock-init'].map((name) => {
    const isThere = existsSync(join(home, 'build/Release', name));
    return {
      group,
      name,
      grade: isThere ? 'ok' : 'bad',
      value: isThere ? 'built' : 'not built',
      without: 'no container can be started',
      advice: 'npm run build:native',
    };
  });
}

/** A checkout with CRLF: the kernel would look for an interpreter named `/bin/sh\r`. */
function lineEnds(home: string): Finding {
  const isCrlf = text(join(home, 'drydock')).includes('\r\n');
  return {
    group,
    name: 'line ends',
    grade: isCrlf ? 'bad' : 'ok',
    value: isCrlf ? 'CRLF in ./drydock' : 'LF',
    without: 'the kernel looks for an interpreter whose name ends in a carriage return',
    advice: 'git config core.autocrlf input, then check the files out again',
  };
}

function folder(name: string, path: string, written: boolean): Finding {
  const there = nearestExisting(path);
  const mount = mountContaining(realpathSync(there));
  const type = mount?.type ?? 'unknown';
  const finding = { group, name, value: `${path} on ${type}` };
  if (type.startsWith('nfs') && written && process.getuid?.() === 0 && !isWritable(there))
    return {
      ...finding,
      grade: 'bad',
      without: 'root is somebody else on this NFS mount (root_squash) and may not write there',
      advice: `set ${name.startsWith('DRYDOCK') ? name : 'DRYDOCK_ROOT'} to a local folder`,
    };
  if (['9p', 'drvfs', 'v9fs'].includes(type) || /^\/mnt\/[a-z]\//.test(path))
    return {
      ...finding,
      grade: written ? 'bad' : 'weak',
      without: 'a Windows disk keeps neither owners nor modes, and is slow',
      advice: 'move it into the Linux file system, for example below ~',
    };
  if (written && !isWritable(there)) {
    const isRoot = process.getuid?.() === 0;
    return {
      ...finding,
      grade: isRoot ? 'bad' : 'weak',
      without: isRoot ? 'no state can be saved' : 'this user may not write there: what needs no root can keep nothing',
      advice: `make ${there} writable, or set ${name}`,
    };
  }
  return { ...finding, grade: 'ok' };
}

function virtualization(): Finding {
  if (existsSync('/dev/kvm')) return { group, name: 'KVM', grade: 'ok', value: '/dev/kvm' };
  return {
    group,
    name: 'KVM',
    grade: 'weak',
    value: 'no /dev/kvm',
    without: 'the virtual machine to learn on is emulated, and slow',
    advice: 'switch virtualization on in the firmware, or nested virtualization in the host',
  };
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false; // That is the answer.
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Not there, or not ours to read: then it proves nothing.
  }
}
