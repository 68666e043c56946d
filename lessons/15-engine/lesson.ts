/** Lesson engine: a process that others ask, and that may be killed at any moment. */
import type { Lesson } from '../../src/learn/lesson.ts';

export const lesson: Lesson = {
  name: 'engine',
  number: 15,
  title: 'one who keeps them all',
  minutes: 90,
  question: 'Who remembers a container while nobody runs, and who when the engine is killed?',
  requires: ['lifecycle', 'images'],
  slots: [
    {
      name: 'client/frames.ts#demultiplex',
      source: 'src/client/frames.ts',
      file: 'client/frames.ts',
      title: 'two outputs through one connection, taken apart again',
      minutes: 35,
      todo: [
        'hand on { stream, bytes } for what is in the frames, as it comes (yield).',
        'A frame: one byte says which stream, three are 0, four are the length (readUInt32BE(4)), then so many bytes.',
        'A piece of the connection may hold half a header, or three frames and a half: keep what is needed, and no more.',
        'An end inside a frame or a header: throw tooEarly(how many bytes are missing).',
        'Further: a frame of kind 3 is the engine’s own complaint: throw complaint(bytes). Above 3: throw unknownKind(kind).',
      ],
      body: ['for await (const bytes of pieces) yield { stream: 1, bytes };'],
    },
    {
      name: 'engine/fate.ts#fateOf',
      source: 'src/engine/fate.ts',
      file: 'engine/fate.ts',
      title: 'what becomes of a container whose engine was killed',
      minutes: 30,
      todo: [
        'say what is to be done with a container that stands in a record: the table at the top of this file, in code.',
        'Status and Pid are what the record says: what was so when somebody last wrote it. Pid is 0 where nothing runs.',
        'found.status is what the kernel says now, found.ending what the vessel has written, found.isThere whether the',
        'run folder has anything of it. { then: "take over" }, "undo", "keep", "remove", or { then: "settle", end }.',
        'lost() and switchedOff() are ends that nobody has seen.',
      ],
      body: ['void [Status, Pid, found];', "return { then: 'keep' };"],
    },
  ],
  task: [
    'First the client’s side: the engine sends both outputs of a program through one connection, and `demultiplex` takes',
    'them apart, wherever the connection has cut them. Then the engine’s side: it was killed, and another one starts.',
    '`fateOf` decides what becomes of each container, from what is on the disk and what the kernel says. At last a real',
    'engine is killed with -9, and an engine with your function in it has to have its containers back.',
  ],
  hints: [
    'Look at what comes through the connection: `./drydock demo engine`, second scene.',
    'A stream has no messages: what was written with one call may be read with three, and the other way round.',
    'Two know something after a crash: the disk, what was, and the kernel, what is. Where they differ, whom do you believe?',
  ],
};
