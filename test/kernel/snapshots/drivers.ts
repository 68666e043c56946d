/**
 * The storage drivers, each in a folder in which it can work: btrfs gets a file system of its own on a file, overlay a
 * second turn as a kernel that takes one lower directory. What this machine cannot do is skipped, by name.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL } from '../../../src/linux/device-mapper.ts';
import { features, setFeatures } from '../../../src/linux/features.ts';
import { aufsKnown } from '../../../src/snapshots/aufs.ts';
import type { Driver } from '../../../src/snapshots/driver.ts';
import { unmountAll } from '../../../src/snapshots/mount.ts';
import { folder, fresh, skip } from '../support.ts';
import { makers } from './makers.ts';

export interface Candidate {
  readonly title: string;
  readonly driver: () => Driver;
  /** Why it cannot be tried here; undefined: it can. */
  readonly missing: () => string | undefined;
  /** Makes the folder of its snapshots, and says how to take it away. */
  readonly place: () => { root: string; remove: () => void };
}

const fileSystems = (): string => readFileSync('/proc/filesystems', 'utf8');

function plain(): { root: string; remove: () => void } {
  const root = join(folder, fresh('snapshots'));
  mkdirSync(root);
  return { root, remove: () => rmSync(root, { recursive: true }) };
}

/** Not below the folder of all tests: each of them looks there for mounts that it has left. */
export function onBtrfs(): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'drydock-btrfs-'));
  const image = `${root}.img`;
  writeFileSync(image, '');
  truncateSync(image, 512 * 1024 * 1024);
  execFileSync('mkfs.btrfs', ['-q', image]);
  execFileSync('mount', ['-o', 'loop', image, root]);
  return {
    root,
    remove: () => {
      unmountAll(root);
      rmSync(image);
      rmdirSync(root);
    },
  };
}

const hasBtrfs = (): string | undefined => {
  if (!/^\tbtrfs$/m.test(fileSystems())) return 'this kernel has no btrfs';
  const found = ['/usr/bin', '/usr/sbin', '/sbin', '/bin'].some((path) => existsSync(join(path, 'mkfs.btrfs')));
  return found ? undefined : 'there is no mkfs.btrfs (apt-get install btrfs-progs)';
};

/** With one lower directory for as long as the snapshots are used. */
function oneLower(): { root: string; remove: () => void } {
  const { root, remove } = plain();
  setFeatures({ ...features(), overlayMultiLower: false });
  return {
    root,
    remove: () => {
      setFeatures(undefined);
      remove();
    },
  };
}

export const candidates = {
  overlay: {
    title: 'overlay',
    driver: makers.overlay,
    missing: () => (features().overlay ? undefined : 'this kernel has no overlay'),
    place: plain,
  },
  overlayOneLower: {
    title: 'overlay with one lower directory',
    driver: makers.overlay,
    missing: () => (features().overlay ? undefined : 'this kernel has no overlay'),
    place: oneLower,
  },
  vfs: { title: 'vfs', driver: makers.vfs, missing: () => undefined, place: plain },
  vfsOnBtrfs: { title: 'vfs on btrfs, which shares data', driver: makers.vfs, missing: hasBtrfs, place: onBtrfs },
  btrfs: { title: 'btrfs', driver: makers.btrfs, missing: hasBtrfs, place: onBtrfs },
  devicemapper: {
    title: 'devicemapper',
    driver: makers.devicemapper,
    missing: () => (existsSync(CONTROL) ? undefined : 'this kernel has no device mapper'),
    place: plain,
  },
  aufs: {
    title: 'aufs',
    driver: makers.aufs,
    missing: () => (aufsKnown(fileSystems()) ? undefined : 'this kernel has no aufs'),
    place: plain,
  },
} satisfies Record<string, Candidate>;

/** A `describe` with a driver in a folder of its own, for which `body` asks in its tests. */
export function withDriver(candidate: Candidate, title: string, body: (place: () => string) => void): void {
  describe(title, function () {
    this.timeout(120_000 * Number(process.env.DRYDOCK_SLOWNESS ?? 1));
    let place: ReturnType<Candidate['place']> | undefined;
    before('find a place', function () {
      const missing = candidate.missing();
      if (missing) skip(this, missing);
      place = candidate.place();
    });
    after('take it away', () => place?.remove());
    body(() => place!.root);
  });
}
