/** What people get wrong about user namespaces and their maps. */
import type { Mistake } from '../../src/learn/mistake.ts';

const LINES = 'isolators/user.ts#mapLines';
const WRITE = 'isolators/user.ts#writeMaps';
const OUTSIDE = 'remap.ts#outsideId';
const SINGLE = 'rootless.ts#isSingle';
const RANGES = 'rootless.ts#subordinateRanges';
const MAPPED = 'uid_map has each mapping of config.json, in its order';
const BOTH = ["writeProc(proc, 'gid_map', mapLines(gids));", "writeProc(proc, 'uid_map', mapLines(uids));"];
const DENY = "if (!privileged) writeProc(proc, 'setgroups', 'deny');";

/** What stands for one mapping, and between two of them. */
const lines = (each: string, between = ''): string[] => [
  `return mappings.map(({ containerID, hostID, size }) => ${each}).join(${JSON.stringify(between)});`,
];

/** The search with one of its parts done wrong. */
const search = ({
  without = 'return id;',
  has = 'id >= containerID && id < containerID + size',
  answer = 'mapping && mapping.hostID + id - mapping.containerID',
}): string[] => [
  `if (!mappings?.length) ${without}`,
  `const mapping = mappings.find(({ containerID, size }) => ${has});`,
  `return ${answer};`,
];

const parse = (keep: string, first = 'Number(first)'): string[] => [
  "const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\\n') : [];",
  'return lines',
  "  .map((line) => line.split(':'))",
  `  .map(([name = '', first, count]) => ({ name, hostID: ${first}, size: Number(count) }))`,
  `  .filter(({ size, name }) => ${keep});`,
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'setgroups is forgotten',
    slot: WRITE,
    body: ['void privileged;', ...BOTH],
    fails: 'what an ordinary user has mapped may not, and only so is mapped',
    hint: /takes gid_map from an ordinary user only when setgroups is denied/,
  },
  {
    title: 'setgroups is denied to everybody',
    slot: WRITE,
    body: ['void privileged;', "writeProc(proc, 'setgroups', 'deny');", ...BOTH],
    fails: 'what root has mapped may change its groups',
    hint: /Deny only without privilege/,
  },
  {
    title: 'the id outside stands first',
    slot: LINES,
    body: lines('`${hostID} ${containerID} ${size}\\n`'),
    fails: MAPPED,
    hint: /the id inside comes first/,
  },
  {
    title: 'setgroups comes after the groups',
    slot: WRITE,
    body: [BOTH[0]!, DENY, BOTH[1]!],
    fails: 'what an ordinary user has mapped may not, and only so is mapped',
    hint: /before gid_map/,
  },
  {
    title: 'all mappings stand in one line',
    slot: LINES,
    body: lines('`${containerID} ${hostID} ${size}`', ' '),
    fails: MAPPED,
    hint: /each ends with a line feed/,
  },
  {
    title: 'a map is written like /etc/subuid',
    slot: LINES,
    body: lines('`${containerID}:${hostID}:${size}\\n`'),
    fails: MAPPED,
    hint: /wants blanks between them/,
  },
  {
    title: 'the end stands in place of the count',
    slot: LINES,
    body: lines('`${containerID} ${hostID} ${hostID + size}\\n`'),
    fails: MAPPED,
    hint: /lines overlap inside and outside: EINVAL.*count is 201000, and config\.json says 1000/,
  },
  {
    title: 'the id inside stands outside, too',
    slot: LINES,
    body: lines('`${containerID} ${containerID} ${size + hostID * 0}\\n`'),
    fails: MAPPED,
    hint: /In line 1 the first id outside is 0, and config\.json says 200000/,
  },
  {
    title: 'an empty line stands between the lines',
    slot: LINES,
    body: lines('`${containerID} ${hostID} ${size}\\n`', '\n'),
    fails: MAPPED,
    hint: /Line 2 of yours is empty.*EINVAL/,
  },
  {
    title: 'each id has a line of its own',
    slot: LINES,
    body: [
      'return mappings',
      '  .flatMap(({ containerID, hostID, size }) =>',
      '    Array.from({ length: size }, (_, i) => `${containerID + i} ${hostID + i} 1\\n`),',
      '  )',
      "  .join('');",
    ],
    fails: MAPPED,
    hint: /has 1500 lines, and config\.json 2 mappings/,
  },
  {
    title: 'the count is left out',
    slot: LINES,
    body: lines('`${containerID} ${hostID + 0 * size}\\n`'),
    fails: MAPPED,
    hint: /Line 1 of yours has 2 numbers/,
  },
  {
    title: 'each mapping is written by itself',
    slot: WRITE,
    body: [
      DENY,
      "for (const one of gids) writeProc(proc, 'gid_map', mapLines([one]));",
      "for (const one of uids) writeProc(proc, 'uid_map', mapLines([one]));",
    ],
    fails: 'gid_map has the groups, which are other numbers',
    hint: /EPERM\. A map is written once/,
  },
  {
    title: 'the mappings are written as JSON',
    slot: WRITE,
    body: [
      DENY,
      "writeProc(proc, 'gid_map', JSON.stringify(gids));",
      "writeProc(proc, 'uid_map', JSON.stringify(uids));",
    ],
    fails: 'gid_map has the groups, which are other numbers',
    hint: /EINVAL\. What it gets has to be the text of mapLines/,
  },
  {
    title: 'groups get the map of the users',
    slot: WRITE,
    body: ['void gids;', DENY, "writeProc(proc, 'gid_map', mapLines(uids));", BOTH[1]!],
    fails: 'gid_map has the groups, which are other numbers',
    hint: /a map each/,
  },
  {
    title: 'the users are not mapped',
    slot: WRITE,
    body: ['void uids;', DENY, BOTH[0]!],
    fails: 'gid_map has the groups, which are other numbers',
    hint: /both maps have to be written/,
  },
  {
    title: 'the id inside is added, and the first one not taken off',
    slot: OUTSIDE,
    body: search({ answer: 'mapping && mapping.hostID + id' }),
    fails: 'outsideId says who owns a file, as the kernel does',
    hint: /as much as the id is beyond the first one inside/,
  },
  {
    title: 'a range has one id too many',
    slot: OUTSIDE,
    body: search({ has: 'id >= containerID && id <= containerID + size' }),
    fails: 'outsideId says who owns a file, as the kernel does',
    hint: /you took the mapping of 0 to 999\. A range ends before first \+ size/,
  },
  {
    title: 'who is not mapped is nobody',
    slot: OUTSIDE,
    body: search({ answer: 'mapping ? mapping.hostID + id - mapping.containerID : 65534' }),
    fails: 'outsideId says who owns a file, as the kernel does',
    hint: /Yours is 65534\. No mapping has 1500, and the kernel answers EINVAL/,
  },
  {
    title: 'only the first mapping is looked at',
    slot: OUTSIDE,
    body: search({ has: 'id >= containerID || size < 0' }),
    fails: 'outsideId says who owns a file, as the kernel does',
    hint: /you took the mapping of 0 to 999/,
  },
  {
    title: 'without a user namespace there is nobody',
    slot: OUTSIDE,
    body: search({ without: 'return undefined;' }),
    fails: 'outsideId says who owns a file, as the kernel does',
    hint: /without mappings everybody is who they are/,
  },
  {
    title: 'any one line is thought to do',
    slot: SINGLE,
    body: ['void own;', 'return mappings.length === 1;'],
    fails: 'isSingle says who may write a map alone, as the kernel does',
    hint: /the second one outside is somebody else’s/,
  },
  {
    title: 'only 0 inside is allowed',
    slot: SINGLE,
    body: [
      'const [mapping, ...more] = mappings;',
      'return more.length === 0 && mapping?.size === 1 && mapping.hostID === own && mapping.containerID === 0;',
    ],
    fails: 'isSingle says who may write a map alone, as the kernel does',
    hint: /Inside the id may be any/,
  },
  {
    title: 'comments and empty lines are ranges',
    slot: RANGES,
    body: parse('name !== undefined && !Number.isNaN(size + 1 || 1)'),
    fails: 'subordinateRanges reads what /etc/subuid gives away',
    hint: /comments, empty ones/,
  },
  {
    title: 'numbers stay text',
    slot: RANGES,
    body: parse("size > 0 && name !== ''", 'first as unknown as number'),
    fails: 'subordinateRanges reads what /etc/subuid gives away',
    hint: /Number makes a number of it/,
  },
];
