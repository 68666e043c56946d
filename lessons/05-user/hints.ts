/** What to say when a check of lesson user fails: three tiers each, from what was found. */
import type { Facts } from '../../src/learn/check/check.ts';

type Hints = readonly [string, string, string];

/** The text of a map. */
export function aboutLines({ text }: Facts): Hints {
  return [
    'Each line of a map says: first id inside, first id outside, how many. Read "you did" as the kernel does.',
    whatIsWrong(String(text)),
    "mappings.map(({ containerID, hostID, size }) => …).join(''), with `${containerID} ${hostID} ${size}\\n` for each.",
  ];
}

function whatIsWrong(text: string): string {
  if (!/\d/.test(text)) return `Yours is ${JSON.stringify(text)}: there is no mapping in it.`;
  if (text.startsWith('200000')) return 'Yours begins with an id outside: the id inside comes first.';
  if (/[^\d\s]/.test(text))
    return 'There is something in yours that is no number: the kernel wants blanks between them.';
  if (text.trimEnd().split('\n').length !== 2)
    return `Two mappings are two lines, and yours has ${text.trimEnd().split('\n').length}: each ends with a line feed.`;
  return 'Three numbers in each line, in the order of config.json: one of them is missing, or another one.';
}

/** Which files are written, in which order. */
export function aboutWriting({ about, is, refused, setgroups }: Facts): Hints {
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
    is === undefined
      ? 'An id without a map is nobody, and cannot become root: both maps have to be written, gid_map too.'
      : 'gid_map holds other numbers than the groups of config.json: users and groups have a map each.',
    "writeProc(proc, 'gid_map', mapLines(gids)) and writeProc(proc, 'uid_map', mapLines(uids)).",
  ];
}

/** A number inside, and which it is outside. */
export function aboutOutside({ id, answer, is }: Facts): Hints {
  return [
    `What the kernel makes of ${String(id)} is ${String(is)}. Which of the two mappings has it?`,
    is === undefined
      ? 'No mapping has it: a range ends before first + size, and the answer is undefined.'
      : answer === undefined
        ? 'Yours finds no mapping for it: a range begins with its first id, and without mappings everybody is who they are.'
        : `Yours is ${String(answer)}: count on from the first id outside by as much as the id is beyond the first one inside.`,
    'mapping.hostID + id - mapping.containerID, for the mapping with containerID <= id < containerID + size.',
  ];
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
