/** Lesson union: layers that are stacked, and how a file on top says that one below is gone. */
import type { Lesson } from '../../src/learn/lesson.ts';

const WHITEOUTS = { source: 'src/snapshots/whiteouts.ts', file: 'snapshots/whiteouts.ts' };

export const lesson: Lesson = {
  name: 'union',
  number: 11,
  title: 'layers that share what is equal',
  minutes: 60,
  question: 'Where does a file go that a container deletes from its image?',
  requires: ['rootfs', 'mounts'],
  slots: [
    {
      name: 'snapshots/record.ts#chainFrom',
      source: 'src/snapshots/record.ts',
      file: 'snapshots/record.ts',
      title: 'the order of the layers',
      minutes: 10,
      todo: [
        'the snapshot of this name, its parent, the parent’s parent, and so on down to the base, in this order.',
        '`find(name)` gives a snapshot; its `record` has the name of its parent, or none.',
        'Only what is committed may be a parent: throw a DrydockError with the code SNAPSHOT_MISSING for any other.',
      ],
      body: ['return [find(name)];'],
    },
    {
      ...WHITEOUTS,
      name: 'snapshots/whiteouts.ts#onDisk',
      title: 'from an archive’s mark to what is on disk',
      minutes: 15,
      todo: [
        'say what has to be done on disk for a mark; undefined for what is no mark (entry, aufs-own).',
        'A whiteout: for overlay a character device 0:0 of the hidden name (mknod with mode S_IFCHR, device 0n); for aufs an',
        'empty file `.wh.NAME` (create); in a tree that is whole, the thing itself goes (remove).',
        'An opaque directory: for overlay the attribute opaqueAttribute(userxattr) = "y" (setxattr), for aufs the file of',
        'the name OPAQUE (create); in a whole tree the directory is emptied (empty).',
      ],
      body: ['void [whiteouts, userxattr];', 'return meaning.is === "entry" ? undefined : { call: "empty" };'],
    },
    {
      ...WHITEOUTS,
      name: 'snapshots/whiteouts.ts#fromDisk',
      title: 'further: and back, when a container becomes a layer',
      minutes: 10,
      todo: [
        'say what something in an upper directory means: entry, whiteout or opaque.',
        'aufs: its name says it (meaningOf). A tree that is whole (remove) has no marks.',
        'overlay: a character device 0:0 hides its own name; a directory whose attribute holds "y" is opaque.',
      ],
      body: ['void [name, mode, rdev, opaque, whiteouts];', "return { is: 'entry' };"],
    },
  ],
  task: [
    'First, in ten minutes, the order: `chainFrom` lists the layers below a container, the nearest first, because that is how',
    'the kernel looks a name up. Then the deletions: a layer can only add files, so a deletion is a file, too. `onDisk`',
    'translates the mark of an archive into that of the file system. Further, `fromDisk`: the way back, for commit and diff.',
  ],
  hints: [
    'Stack two directories by hand: mount -t overlay overlay -o lowerdir=b:a,upperdir=u,workdir=w m; rm m/FILE; ls -l u.',
    'The first directory that has a name wins, and a whiteout ends the search. So what must be first in lowerdir=?',
    'Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"; OCI image spec, layer.md, "Whiteouts".',
  ],
};
