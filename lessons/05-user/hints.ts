/** What to say when a check of lesson user fails: three tiers each, from what was found. */
import type { Facts } from '../../src/learn/check/check.ts';
import { EPERM, errorName } from '../../src/linux/errno.ts';
import type { Mapping } from '../../src/runtime/spec.ts';

type Hints = readonly [string, string, string];

/** The text of a map. */
export function aboutLines({ text, uids }: Facts): Hints {
  return [
    'Each line of a map says: first id inside, first id outside, how many. Read "you did" as the kernel does.',
    whatIsWrong(String(text), uids as readonly Mapping[]),
    "mappings.map(({ containerID, hostID, size }) => …).join(''), with `${containerID} ${hostID} ${size}\\n` for each.",
  ];
}

function whatIsWrong(text: string, uids: readonly Mapping[]): string {
  if (!/\d/.test(text)) return `Yours is ${JSON.stringify(text)}: there is no mapping in it.`;
  if (text.startsWith('200000')) return 'Yours begins with an id outside: the id inside comes first.';
  if (/[^\d\s]/.test(text))
    return 'There is something in yours that is no number: the kernel wants blanks between them.';
  const rows = text.replace(/\n$/, '').split('\n').map(numbersIn);
  return wrongRow(rows, uids) ?? wrongNumber(rows, uids);
}

const numbersIn = (line: string): number[] => line.split(/\s+/).filter(Boolean).map(Number);

/** A line that is none, too many of them, or too few: what the kernel answers EINVAL to before it reads a number. */
function wrongRow(rows: readonly number[][], uids: readonly Mapping[]): string | undefined {
  const empty = rows.findIndex((row) => row.length === 0);
  if (empty >= 0)
    return `Line ${empty + 1} of yours is empty, and the kernel answers EINVAL to a line without numbers.`;
  if (rows.length < uids.length)
    return `Two mappings are two lines, and yours has ${rows.length}: each ends with a line feed.`;
  if (rows.length > uids.length)
    return `Yours has ${rows.length} lines, and config.json ${uids.length} mappings: one line for each, and no more.`;
  const odd = rows.findIndex((row) => row.length !== 3);
  return odd < 0 ? undefined : `Line ${odd + 1} of yours has ${rows[odd]!.length} numbers, and each line needs three.`;
}

const PLACES = ['first id inside', 'first id outside', 'count'] as const;

/** The first number that is not that of config.json, and whether the kernel has to refuse it: an id cannot be in two lines. */
function wrongNumber(rows: readonly number[][], uids: readonly Mapping[]): string {
  const wanted = uids.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
  const is = rows.flat();
  const at = wanted.findIndex((number, i) => number !== is[i]);
  const [line, place] = [Math.floor(at / 3), PLACES[at % 3]!];
  const said = `In line ${line + 1} the ${place} is ${is[at]}, and config.json says ${wanted[at]}.`;
  const sides = ['inside', 'outside'].filter((_, side) => overlap(rows, side));
  if (sides.length === 0) return said;
  return `The lines overlap ${sides.join(' and ')}: EINVAL, for an id may be in one line only. ${said}`;
}

/** Whether an id is in more than one range of that side. */
function overlap(rows: readonly number[][], side: number): boolean {
  const sorted = rows.map((row) => ({ first: row[side]!, size: row[2]! })).sort((a, b) => a.first - b.first);
  return sorted.some(({ first, size }, i) => first + size > (sorted[i + 1]?.first ?? Infinity));
}

/** Which files are written, in which order. */
export function aboutWriting({ about, is, refused, setgroups, errno }: Facts): Hints {
  const look =
    'There are three files: /proc/PID/uid_map, gid_map and setgroups. Which have you written, and in which order?';
  if (about === 'allow')
    return [
      look,
      'Yours says deny, although root has mapped it: once denied, nobody in there can ever change groups.',
      "Deny only without privilege: if (!privileged) writeProc(proc, 'setgroups', 'deny').",
    ];
  if (about === 'deny')
    return [
      look,
      setgroups === 'deny'
        ? `setgroups is denied, but too late or without the maps: ${String(refused ?? 'one of them is empty')}. It comes before gid_map.`
        : 'The kernel takes gid_map from an ordinary user only when setgroups is denied, and yours is not.',
      "Without privilege, before gid_map: writeProc(proc, 'setgroups', 'deny').",
    ];
  return [
    look,
    errno !== undefined
      ? refusedWrite(errno)
      : is === undefined
        ? 'An id without a map is nobody, and cannot become root: both maps have to be written, gid_map too.'
        : 'gid_map holds other numbers than the groups of config.json: users and groups have a map each.',
    "writeProc(proc, 'gid_map', mapLines(gids)) and writeProc(proc, 'uid_map', mapLines(uids)).",
  ];
}

/** Why the kernel refuses root a write: it has two reasons. */
const refusedWrite = (errno: unknown): string =>
  errno === EPERM
    ? 'The kernel refused a write of yours: EPERM. A map is written once: all of its lines in one write.'
    : `The kernel refused a write of yours: ${errorName(Number(errno))}. What it gets has to be the text of mapLines.`;

/** A number inside, and which it is outside. */
export function aboutOutside({ id, answer, is, mappings }: Facts): Hints {
  return [
    `What the kernel makes of ${String(id)} is ${String(is)}. Which of the two mappings has it?`,
    whichIsWrong(Number(id), answer, is, (mappings ?? []) as readonly Mapping[]),
    'mapping.hostID + id - mapping.containerID, for the mapping with containerID <= id < containerID + size.',
  ];
}

function whichIsWrong(id: number, answer: unknown, is: unknown, mappings: readonly Mapping[]): string {
  if (mappings.length === 0)
    return `Yours is ${String(answer)}, and there are no mappings: without mappings everybody is who they are.`;
  if (answer === undefined) return `Yours finds no mapping for ${id}: a range begins with its first id, and has it.`;
  const counted = mappings.find(({ containerID, hostID }) => hostID + id - containerID === answer);
  if (counted && answer !== is) {
    const { containerID, size } = counted;
    return `Yours is ${String(answer)}: you took the mapping of ${containerID} to ${containerID + size - 1}. A range ends before first + size.`;
  }
  return is === undefined
    ? `Yours is ${String(answer)}. No mapping has ${id}, and the kernel answers EINVAL: there is no such id, so the answer is undefined.`
    : `Yours is ${String(answer)}: count on from the first id outside by as much as the id is beyond the first one inside.`;
}

/** Which map an ordinary user may write. */
export function aboutSingle({ lines, size, foreign, inside }: Facts): Hints {
  return [
    'user_namespaces(7) has the rule for a writer without privilege: how many lines, of how many ids, and whose?',
    Number(lines) > 1
      ? 'Yours lets two lines pass: one line, or the helper newuidmap has to write it.'
      : Number(size) > 1
        ? 'Yours lets two ids pass: the second one outside is somebody else’s.'
        : foreign
          ? 'Yours lets an id pass that is not the writer’s own: hostID has to be `own`.'
          : `Yours refuses what the kernel takes. Inside the id may be any, 0 or ${String(inside)}.`,
    'mappings.length === 1, its size 1, its hostID === own. containerID does not matter.',
  ];
}

/** /etc/subuid. */
export function aboutRanges({ answer, none }: Facts): Hints {
  const found = Array.isArray(answer) ? (answer as { name?: unknown; hostID?: unknown; size?: unknown }[]) : [];
  return [
    'Each line is name:first:count. Look at the file line by line, also at those that are no such line.',
    none !== undefined
      ? 'A file that is missing gives nothing away: existsSync, and an empty list.'
      : found.length === 0
        ? 'Yours has found no range at all.'
        : found.some(({ hostID, size }) => typeof hostID !== 'number' || typeof size !== 'number')
          ? 'What is between the colons is text: Number makes a number of it.'
          : found.length > 3
            ? 'Yours takes lines that give nothing away: comments, empty ones, and one without a count.'
            : 'Three lines are ranges, one of them has a number for a name, and one user has two.',
    "readFileSync(path, 'utf8').split('\\n'), each line .split(':'); keep those whose third part is a number above 0.",
  ];
}
