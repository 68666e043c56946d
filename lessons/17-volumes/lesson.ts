/** Lesson volumes: folders that outlive the containers that write into them. */
import type { Lesson } from '../../src/learn/lesson.ts';

const USERS = { source: 'src/engine/volumes/users.ts', file: 'engine/volumes/users.ts' };

export const lesson: Lesson = {
  name: 'volumes',
  number: 17,
  title: 'data that outlives containers',
  minutes: 45,
  question: 'A container is removed. What of its data stays, and who decides?',
  requires: ['mounts', 'union'],
  slots: [
    {
      ...USERS,
      name: 'engine/volumes/users.ts#usersOf',
      title: 'who has a volume',
      minutes: 10,
      todo: [
        'the ids of the containers that have the volume `name`, each once.',
        'A record has its Mounts; those that are volumes have a Name. Whether the container runs plays no part.',
        '`making` has the volumes of containers that are being made just now, by their ids: they count, too.',
      ],
      body: ['void [name, records, making];', 'return [];'],
    },
    {
      name: 'images/volume.ts#copyUp',
      source: 'src/images/volume.ts',
      file: 'images/volume.ts',
      title: 'what the image has at its place, copied into a new volume',
      minutes: 15,
      todo: [
        'copy what is at `place` in the tree into the folder, which gets that directory’s owner and mode, too.',
        'The tree is an image: its links and the dots of `place` must not lead out of it. openPlace(tree, place), below, gives',
        'a descriptor of the directory, found inside the tree, or undefined: then there is nothing to do.',
        'The path of a descriptor is /proc/self/fd/NUMBER. archiveOf(path) is an archive of a directory, with the directory',
        'itself in it; `unpack` takes one apart: unpack(archive, { folder, whiteouts: "none" }). Close the descriptor.',
        'The answer is the folder.',
      ],
      body: ['void [tree, place];', 'return Promise.resolve(folder);'],
    },
    {
      ...USERS,
      name: 'engine/volumes/users.ts#goesWith',
      title: 'further: which volumes go with their container',
      minutes: 10,
      todo: [
        'whether a volume goes when the container `id` is removed together with its volumes.',
        'Only one that nobody has named may go, and only if nobody but this container has it.',
        '`users` may have this container’s id in it, or not any more.',
      ],
      body: ['void [id, users];', 'return isAnonymous;'],
    },
  ],
  task: [
    'First, in ten minutes, who has a volume: `usersOf` asks the records of all containers, because a counter would be',
    'wrong after the first crash. Then `copyUp`: a new volume begins with what the image has at its place, and the image',
    'comes from a stranger. Further, `goesWith`: which volumes are removed together with their container.',
  ],
  hints: [
    'Make a volume by hand: mkdir data; mount --bind data ROOT/srv. What of it is left when the container has gone?',
    '`./drydock demo volumes` shows a volume that is refused, one that goes and one that stays.',
    'For the copy: an image may have a link at /data that says /etc. Whose /etc?',
  ],
};
