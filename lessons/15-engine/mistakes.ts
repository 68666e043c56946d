/** What people get wrong about streams, and about what a crash leaves. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { FATE } from './check-fate.ts';
import { FRAMES } from './check-frames.ts';

/** The reference of `demultiplex` with one of its parts done wrong. */
const demultiplex = ({
  read = ['left = header.readUInt32BE(4);'],
  before = ['if (stream === COMPLAINT) throw complaint(bytes);'],
  unknown = ['if (stream > COMPLAINT) throw unknownKind(stream);'],
  end = ['if (left > 0 || header.length > 0) throw tooEarly(left || HEADER - header.length);'],
}): string[] => [
  'let header = Buffer.alloc(0);',
  'let stream = 0;',
  'let left = 0;',
  'for await (let piece of pieces)',
  '  while (piece.length > 0) {',
  '    if (left > 0) {',
  '      const bytes = piece.subarray(0, left);',
  ...before.map((line) => `      ${line}`),
  '      left -= bytes.length;',
  '      piece = piece.subarray(bytes.length);',
  '      yield { stream, bytes };',
  '    } else {',
  '      const missing = HEADER - header.length;',
  '      header = Buffer.concat([header, piece.subarray(0, missing)]);',
  '      piece = piece.subarray(missing);',
  '      if (header.length < HEADER) continue;',
  '      stream = header[0]!;',
  ...unknown.map((line) => `      ${line}`),
  ...read.map((line) => `      ${line}`),
  '      header = Buffer.alloc(0);',
  '    }',
  '  }',
  ...end,
];

/** The reference of `fateOf` with one of its lines left out, or in another place. */
const fateOf = (...lines: readonly string[]): string[] => ['const { isThere, status, ending } = found;', ...lines];
const removes = "if (Status === 'removing') return { then: 'remove' };";
const runs = "if (status === 'running') return { then: 'take over' };";
const ends = "if (ending) return { then: 'settle', end: ending };";
const unseen = "if (Pid) return { then: 'settle', end: status ? lost() : switchedOff() };";
const rest = "return { then: isThere ? 'undo' : 'keep' };";

export const mistakes: readonly Mistake[] = [
  {
    title: 'every piece is taken for one frame',
    slot: FRAMES,
    body: ['for await (const piece of pieces) yield { stream: piece[0]!, bytes: piece.subarray(HEADER) };'],
    fails: 'two outputs in one piece come apart',
    hint: /After so many bytes comes the next header/,
  },
  {
    title: 'a piece is taken to begin with a header',
    slot: FRAMES,
    body: [
      'for await (let piece of pieces)',
      '  while (piece.length > 0) {',
      '    const length = piece.readUInt32BE(4);',
      '    yield { stream: piece[0]!, bytes: piece.subarray(HEADER, HEADER + length) };',
      '    piece = piece.subarray(HEADER + length);',
      '  }',
    ],
    fails: 'a frame may be cut anywhere, and a piece may hold several',
    hint: /the part of the header that is there already/,
  },
  {
    title: 'the record is believed before the kernel',
    slot: FATE,
    body: fateOf(removes, "if (!Pid) return { then: isThere ? 'undo' : 'keep' };", runs, ends, unseen, rest),
    fails: 'a process that runs is taken over, whatever the record says',
    hint: /before anything is asked of Pid/,
  },
  {
    title: 'the length is read in the order of this machine',
    slot: FRAMES,
    body: demultiplex({ read: ['left = header.readUInt32LE(4);'] }),
    fails: 'two outputs in one piece come apart',
    hint: /big endian/,
  },
  {
    title: 'one byte of the length is read',
    slot: FRAMES,
    body: demultiplex({ read: ['left = header[7]!;'] }),
    fails: 'two outputs in one piece come apart',
    hint: /four bytes of it/,
  },
  {
    title: 'a frame is collected before it is handed on',
    slot: FRAMES,
    body: [
      'let all = Buffer.alloc(0);',
      'for await (const piece of pieces) {',
      '  all = Buffer.concat([all, piece]);',
      '  while (all.length >= HEADER && all.length >= HEADER + all.readUInt32BE(4)) {',
      '    const end = HEADER + all.readUInt32BE(4);',
      '    const [stream, bytes] = [all[0]!, all.subarray(HEADER, end)];',
      '    if (stream === COMPLAINT) throw complaint(bytes);',
      '    if (stream > COMPLAINT) throw unknownKind(stream);',
      '    yield { stream, bytes };',
      '    all = all.subarray(end);',
      '  }',
      '}',
      'if (all.length > 0) throw tooEarly(1);',
    ],
    fails: 'bytes are handed on when they come, and a frame that claims a gigabyte takes no memory',
    hint: /Nothing came out before the frame was whole/,
  },
  {
    title: 'half a header at the end is overlooked',
    slot: FRAMES,
    body: demultiplex({ end: ['if (left > 0) throw tooEarly(left);'] }),
    fails: 'an end in the middle of a frame is no end',
    hint: /A header may be half, too/,
  },
  {
    title: 'the engine’s complaint is printed as the program’s output',
    slot: FRAMES,
    body: demultiplex({ before: [], unknown: [] }),
    fails: 'further: what the engine complains of is nobody’s output',
    hint: /throw complaint\(bytes\)/,
  },
  {
    title: 'an end counts only where the record knows of a beginning',
    slot: FATE,
    body: fateOf(removes, runs, "if (Pid && ending) return { then: 'settle', end: ending };", unseen, rest),
    fails: 'an end that the vessel has written down is that end',
    hint: /also where Pid is 0/,
  },
  {
    title: 'whatever does not run and has no end was switched off',
    slot: FATE,
    body: fateOf(removes, runs, ends, "if (Pid) return { then: 'settle', end: switchedOff() };", rest),
    fails: 'an end that nobody has seen is told as such, and a machine that was off as another',
    hint: /its vessel was killed, lost\(\)/,
  },
  {
    title: 'what does not run is left alone',
    slot: FATE,
    body: fateOf(removes, runs, ends, unseen, "return { then: 'keep' };"),
    fails: 'what was half started is undone, and what never was stays as it is',
    hint: /found[.]isThere [?] 'undo' : 'keep'/,
  },
  {
    title: 'a removal is forgotten where something still runs',
    slot: FATE,
    body: fateOf(runs, removes, ends, unseen, rest),
    fails: 'what was promised to go, goes',
    hint: /before everything else/,
  },
];
