/** Lesson user: ids of its own, and who root in a container is outside. */
import type { Lesson } from '../../src/learn/lesson.ts';

const ISOLATOR = { source: 'src/runtime/isolators/user.ts', file: 'isolators/user.ts' } as const;
const ROOTLESS = { source: 'src/runtime/rootless.ts', file: 'rootless.ts' } as const;

export const lesson: Lesson = {
  name: 'user',
  number: 5,
  title: 'root inside who is nobody outside',
  minutes: 75,
  question: 'Root in a container: whose files can it write?',
  requires: ['process', 'mounts', 'pid'],
  slots: [
    {
      ...ISOLATOR,
      name: 'isolators/user.ts#mapLines',
      title: 'the text of a map',
      minutes: 10,
      todo: [
        'one line for each mapping, all in one text (user_namespaces(7)).',
        'A line: first id inside, first id outside, how many; blanks between them, a line feed behind.',
        'A mapping has containerID, hostID and size.',
      ],
      body: ['void mappings;', "return '';"],
    },
    {
      ...ISOLATOR,
      name: 'isolators/user.ts#writeMaps',
      title: 'which files in which order',
      minutes: 20,
      todo: [
        'write the maps of a process that waits for them. writeProc(proc, file, text) writes one of its files.',
        'uid_map has the users, gid_map the groups; mapLines gives the text of each.',
        'Without privilege the kernel refuses gid_map until `deny` is in setgroups (Linux 3.19).',
        'With privilege leave setgroups alone: once denied, nobody in there can ever change groups.',
      ],
      body: ["writeProc(proc, 'uid_map', mapLines(uids));", 'void [gids, privileged];'],
    },
    {
      source: 'src/runtime/remap.ts',
      file: 'remap.ts',
      name: 'remap.ts#outsideId',
      title: 'the number outside of a number inside',
      minutes: 10,
      todo: [
        'translate an id of the container as the kernel does.',
        'Without mappings there is no user namespace: every id is itself.',
        'Else find the mapping whose range has it, and count on from its first id outside; undefined if there is none.',
      ],
      body: ['void mappings;', 'return id;'],
    },
    {
      ...ROOTLESS,
      name: 'rootless.ts#isSingle',
      title: 'who may write a map without help',
      minutes: 10,
      todo: [
        'say whether an ordinary user, whose id is `own`, may write this map.',
        'The kernel takes one line, of one id, if that is the writer’s own outside; inside it may be any.',
      ],
      body: ['void [mappings, own];', 'return true;'],
    },
    {
      ...ROOTLESS,
      name: 'rootless.ts#subordinateRanges',
      title: 'the ranges in /etc/subuid',
      minutes: 15,
      todo: [
        'read a file like /etc/subuid (subuid(5)): `name:first:count`, a line each.',
        'A Range has name, hostID and size. What is no such line is left out; a file that is missing has none.',
      ],
      body: ['void path;', 'return [];'],
    },
  ],
  task: [
    'First who root is: `mapLines` writes the translation down, `writeMaps` gives it to the kernel, in the one order',
    'that it takes from everybody. Then three short questions that a runtime without root has to answer by itself:',
    'which number is that outside, who may write this map, and which numbers has root given to whom. The checks ask the',
    'kernel the same questions, and compare.',
  ],
  hints: [
    'Look at `./drydock try cat /proc/self/uid_map`, then at the same with `--userns`.',
    'The parent writes /proc/PID/uid_map and gid_map while the new process waits at `born`: once, whole, in one write.',
    'user_namespaces(7), "Defining user and group ID mappings", lists what the kernel wants, and setgroups with it.',
  ],
};
