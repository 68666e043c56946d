/** What learners get wrong in lesson seccomp, and what they are told. */
import type { Mistake } from '../../src/learn/mistake.ts';

const MASKS = 'isolators/masks.ts#steps';
const REFUSE = 'seccomp-by-hand.ts#refuse';
const ARCHITECTURE = 'seccomp-by-hand.ts#onArchitecture';
const EVERYWHERE = 'seccomp-by-hand.ts#refuseEverywhere';

const LOADED = 'the kernel takes the program, and the container comes to life';
const THREE = 'the three calls answer the errno that config.json asks for';
const HIDDEN = 'what config.json hides reads as nothing';

const cover = (word: string, list: string): string =>
  `for (const path of spec.linux?.${list} ?? []) plan.${word}(slot('root'), path).because('not ours');`;

export const mistakes: readonly Mistake[] = [
  {
    title: 'the errno stands there without its action',
    slot: REFUSE,
    body: ['return numbers.flatMap((number) => [ifEqual(number, { no: 1 }), answer(errno)]);'],
    fails: THREE,
    hint: /SIGSYS.*An errno alone is none/s,
  },
  {
    title: 'the jump past another architecture is one too short',
    slot: ARCHITECTURE,
    body: ['return [load(ARCHITECTURE), ifEqual(audit, { no: block.length }), load(NUMBER), ...block];'],
    fails: LOADED,
    hint: /the jump is too short/,
  },
  {
    title: 'x32 is forgotten',
    slot: EVERYWHERE,
    body: [
      'const blocks = (families[process.arch] ?? []).map(({ audit, names: [first] }) =>',
      '  onArchitecture(audit, refuse(names.flatMap((name) => native.syscallNumber(name, first) ?? []), errno)),',
      ');',
      'return [...blocks.flat(), answer(SECCOMP_RET_ALLOW)];',
    ],
    fails: 'the same calls are refused with the numbers of x32',
    hint: /those of x32 come to "allow"/,
  },
  {
    title: 'yes and no are the wrong way round',
    slot: REFUSE,
    body: [
      'return numbers.flatMap((number) => [ifEqual(number, { yes: 1, no: 0 }), answer(SECCOMP_RET_ERRNO + errno)]);',
    ],
    fails: LOADED,
    hint: /lets call 5 through and answers "errno EPERM" to call 6: yes and no are the wrong way round/,
  },
  {
    title: 'the architecture’s own programs skip its block',
    slot: ARCHITECTURE,
    body: ['return [load(ARCHITECTURE), ifEqual(audit, { yes: 1 + block.length }), load(NUMBER), ...block];'],
    fails: THREE,
    hint: /skips its block for architecture 1 and walks it for 2: yes and no are the wrong way round/,
  },
  {
    title: 'the errno is always EPERM',
    slot: REFUSE,
    body: [
      'return numbers.flatMap((number) => [ifEqual(number, { no: 1 }), answer(SECCOMP_RET_ERRNO + 1 + 0 * errno)]);',
    ],
    fails: THREE,
    hint: /another errno than config\.json’s/,
  },
  {
    title: 'all comparisons share one answer',
    slot: REFUSE,
    body: ['return [...numbers.map((number) => ifEqual(number, { no: 1 })), answer(SECCOMP_RET_ERRNO + errno)];'],
    fails: LOADED,
    hint: /answers "errno EPERM" to call 6.*fall through/,
  },
  {
    title: 'only the first of the numbers is compared',
    slot: REFUSE,
    body: [
      'return numbers.slice(0, 1).flatMap((one) => [ifEqual(one, { no: 1 }), answer(SECCOMP_RET_ERRNO + errno)]);',
    ],
    fails: THREE,
    hint: /EXDEV, EFAULT.*a comparison \*and\* an answer of its own/,
  },
  {
    title: 'the register still has the architecture in it',
    slot: ARCHITECTURE,
    body: ['return [load(ARCHITECTURE), ifEqual(audit, { no: block.length }), ...block];'],
    fails: THREE,
    hint: /the architecture is still in it/,
  },
  {
    title: 'the architecture is loaded and not compared',
    slot: ARCHITECTURE,
    body: ['return [load(ARCHITECTURE), load(NUMBER), ...block, ...(audit ? [] : [])];'],
    fails: 'a number of another architecture is another call',
    hint: /walked for another/,
  },
  {
    title: 'only the architecture of this program has a block',
    slot: EVERYWHERE,
    body: [
      "const [own] = families[process.arch] ?? families['x64']!;",
      'const numbers = own!.names.flatMap((arch) => names.flatMap((name) => native.syscallNumber(name, arch) ?? []));',
      'return [...onArchitecture(own!.audit, refuse(numbers, errno)), answer(SECCOMP_RET_ALLOW)];',
    ],
    fails: 'the same calls are refused to 32-bit programs',
    hint: /no block for AUDIT_ARCH_I386/,
  },
  {
    title: 'the last instruction is no answer',
    slot: EVERYWHERE,
    body: [
      'return (families[process.arch] ?? []).flatMap(({ audit, names: ways }) =>',
      '  onArchitecture(',
      '    audit,',
      '    refuse(ways.flatMap((way) => names.flatMap((name) => native.syscallNumber(name, way) ?? [])), errno),',
      '  ),',
      ');',
    ],
    fails: LOADED,
    hint: /comes to the end without an answer/,
  },
  {
    title: 'read-only paths are left alone',
    slot: MASKS,
    body: ["if (mode === 'exec') return;", cover('mask_at', 'maskedPaths')],
    fails: 'what config.json makes read-only cannot be opened for writing',
    hint: /readonlyPaths was not looked at/,
  },
  {
    title: 'what is to be hidden is made read-only',
    slot: MASKS,
    body: ["if (mode === 'exec') return;", cover('readonly_at', 'readonlyPaths'), cover('readonly_at', 'maskedPaths')],
    fails: HIDDEN,
    hint: /made read-only, not masked/,
  },
  {
    title: 'each exec covers everything again',
    slot: MASKS,
    body: ['void mode;', cover('readonly_at', 'readonlyPaths'), cover('mask_at', 'maskedPaths')],
    fails: 'a further process finds everything covered once, not twice',
    hint: /a mount belongs to the namespace, and stays/,
  },
];
