/**
 * The words of the vocabulary that are about mounts, and about which directory is the root.
 */
import type { Word } from './words.ts';

export const mountWords = {
  mount: {
    phase: 'own',
    args: [
      ['source', 'path?'],
      ['target', 'path?'],
      ['type', 'text?'],
      ['flags', 'mountFlags'],
      ['data', 'text?'],
    ],
    manual: 'mount(2)',
  },
  umount2: {
    phase: 'own',
    args: [
      ['target', 'path'],
      ['flags', 'umountFlags'],
    ],
    manual: 'umount2(2)',
  },
  mount_at: {
    phase: 'mounts',
    args: [
      ['root', 'fd'],
      ['target', 'path'],
      ['source', 'path?'],
      ['type', 'text?'],
      ['flags', 'mountFlags'],
      ['data', 'text?'],
      ['propagation', 'mountFlags'],
      ['copy_up', 'int'],
    ],
    manual: 'mount(2)',
  },
  bind_at: {
    phase: 'mounts',
    args: [
      ['root', 'fd'],
      ['target', 'path'],
      ['source', 'path'],
      ['set', 'mountFlags'],
      ['clear', 'mountFlags'],
      ['propagation', 'mountFlags'],
      ['covers_proc', 'int'],
    ],
    manual: 'mount(2)',
  },
  open_tree: {
    phase: 'mounts',
    args: [
      ['path', 'path'],
      ['recursive', 'int'],
    ],
    manual: 'open_tree(2)',
  },
  mount_setattr: {
    phase: 'mounts',
    args: [
      ['tree', 'fd'],
      ['recursive', 'int'],
      ['set', 'mountFlags'],
      ['clear', 'mountFlags'],
      ['propagation', 'mountFlags'],
    ],
    manual: 'mount_setattr(2)',
  },
  move_mount: {
    phase: 'mounts',
    args: [
      ['tree', 'fd'],
      ['root', 'fd'],
      ['target', 'path'],
      ['covers_proc', 'int'],
    ],
    manual: 'move_mount(2)',
  },
  mask_at: {
    phase: 'masks',
    args: [
      ['root', 'fd'],
      ['path', 'path'],
    ],
    manual: 'mount(2)',
  },
  readonly_at: {
    phase: 'masks',
    args: [
      ['root', 'fd'],
      ['path', 'path'],
    ],
    manual: 'mount(2)',
  },
  set_readonly: {
    phase: 'seal',
    args: [['path', 'path']],
    manual: 'mount(2)',
  },
  pivot_root: {
    phase: 'pivot',
    args: [
      ['new_root', 'path'],
      ['put_old', 'path'],
    ],
    manual: 'pivot_root(2)',
  },
  chroot: { phase: 'pivot', args: [['path', 'path']], manual: 'chroot(2)' },
} as const satisfies Record<string, Word>;
