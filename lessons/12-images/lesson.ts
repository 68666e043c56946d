/** Lesson images: what an image is called, and how its config becomes that of a container. */
import type { Lesson } from '../../src/learn/lesson.ts';

const SPEC = { source: 'src/images/spec.ts', file: 'images/spec.ts' };

export const lesson: Lesson = {
  name: 'images',
  number: 12,
  title: 'digests, manifests, tar',
  minutes: 60,
  question: 'Who gives an image its name, and what does the name promise?',
  requires: ['union'],
  slots: [
    {
      name: 'images/chain.ts#chainId',
      source: 'src/images/chain.ts',
      file: 'images/chain.ts',
      title: 'the name of a layer with everything below it',
      minutes: 10,
      todo: [
        'the chain ID of a layer on a stack: `below` is the chain ID of that stack, or undefined for the lowest layer.',
        'The head of this file has the formula. digestOf(text) is the digest of a text.',
      ],
      body: ['void below;', 'return diffId;'],
    },
    {
      ...SPEC,
      name: 'images/spec.ts#commandOf',
      title: 'from Entrypoint, Cmd and the person’s words to a program',
      minutes: 15,
      todo: [
        'the program and its words. The image has image.Entrypoint and image.Cmd, each of which may be absent.',
        'args are the words behind the image’s name; entrypoint is what the person wants in place of the image’s.',
        'Who gives words gives them in place of Cmd. Who gives an entrypoint does not get the image’s Cmd, either:',
        'it was meant for the old one. An empty text as entrypoint is none at all.',
        'Nothing to start: throw a DrydockError with the code BAD_USAGE and the message No command specified.',
      ],
      body: ['void entrypoint;', 'return [...(image.Cmd ?? []), ...args];'],
    },
    {
      ...SPEC,
      name: 'images/spec.ts#environmentOf',
      title: 'further: whose variable counts',
      minutes: 15,
      todo: [
        'the variables of the container, each NAME=value, each name once.',
        'The last one counts: ours, over them the image’s (image.Env, maybe absent), over them the person’s (asked.env).',
        'A NAME without a sign takes the variable away. What has no name before its sign is left out.',
      ],
      body: ['return [...ours, ...(image.Env ?? []), ...(asked.env ?? [])];'],
    },
  ],
  task: [
    'First, in ten minutes, the name: `chainId` says what a layer is called together with all that lies below it. Your',
    'function names the snapshots of a real store, and the check hashes the raw bytes again. Then what an image says of',
    'its program: `commandOf` is the old riddle of ENTRYPOINT and CMD. Further, `environmentOf`: whose variable counts.',
  ],
  hints: [
    'Make the names by hand: printf "sha256:… sha256:…" | sha256sum. The chapter does it with two layers.',
    'docker run IMAGE, docker run IMAGE WORDS, docker run --entrypoint PROGRAM IMAGE: write down what starts in each.',
    'OCI image specification: config.md, "Layer ChainID"; conversion.md for Entrypoint, Cmd and Env.',
  ],
};
