/**
 * What the kernel has to confirm in lesson user.
 *
 * The first five checks judge the maps, on containers and on processes that wait for one. The next three put the same
 * question to the learner's function and to the kernel (or to a file like /etc/subuid), and compare. The last two judge
 * the whole.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrydockError } from '../../src/errors.ts';
import { readStatus } from '../../src/linux/procfs.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { namespaceOf } from '../../src/learn/facts.ts';
import { withUserNamespace } from '../../src/runtime/rootless.ts';
import type { Mapping, Spec } from '../../src/runtime/spec.ts';
import { aboutLines, aboutOutside, aboutRanges, aboutSingle, aboutWriting } from './hints.ts';
import { asOrdinary, ORDINARY, refusalOf, withUnmapped } from './ordinary.ts';
import { scratchFile, withFile } from './scratch.ts';

const LINES = 'isolators/user.ts#mapLines';
const WRITE = 'isolators/user.ts#writeMaps';
const OUTSIDE = 'remap.ts#outsideId';
const SINGLE = 'rootless.ts#isSingle';
const RANGES = 'rootless.ts#subordinateRanges';

const MAPPED = 'uid_map has each mapping of config.json, in its order';
const GROUPS = 'gid_map has the groups, which are other numbers';

/** Two lines each, and no number of the users is one of the groups. */
const uids: Mapping[] = [
  { containerID: 0, hostID: 200_000, size: 1000 },
  { containerID: 1000, hostID: 300_000, size: 500 },
];
const gids: Mapping[] = [
  { containerID: 0, hostID: 400_000, size: 1000 },
  { containerID: 1000, hostID: 500_000, size: 500 },
];

const PROGRAM = ['sleep', '1000'];
const withUser = (spec: Spec): Spec => withUserNamespace(spec, uids, gids);

/** The numbers of a map, a line each, as they are written: blanks are the kernel's own affair. */
function mapOf(proc: string, file: 'uid_map' | 'gid_map'): string {
  return readFileSync(`${proc}/${file}`, 'utf8').trim().replace(/ +/g, ' ').replace(/^ /gm, '');
}

const wantedMap = (mappings: readonly Mapping[]): string =>
  mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}`).join('\n');

const LONGEST = 120;

/** A text in one line; of a long one the beginning. */
function oneLine(text: string): string {
  return text.length <= LONGEST ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, LONGEST))} …`;
}

/** Calls the learner's function. */
function ask<T>(t: Bench, slot: string, ...args: unknown[]): T {
  const { run } = t.solved(slot) as unknown as { run: (...args: unknown[]) => unknown };
  return run(...args) as T;
}

const lines = check(
  MAPPED,
  { slot: LINES, see: 'cat /proc/PID/uid_map    (PID: of the container)', hint: aboutLines },
  async (t) => {
    const text = t.fact('text', ask<string>(t, LINES, uids));
    t.fact('uids', uids);
    await withUnmapped((proc) => {
      const refused = refusalOf(() => writeFileSync(`${proc}/uid_map`, text));
      const is = mapOf(proc, 'uid_map');
      t.must(is === wantedMap(uids), {
        did: `wrote ${oneLine(text)} into uid_map`,
        kernel: refused ?? `uid_map is ${oneLine(is)}`,
        wanted: oneLine(wantedMap(uids)),
        see: 'unshare --user sleep 600 & printf "0 200000 1000\\n" >/proc/$!/uid_map',
      });
    });
  },
);

const groups = check(
  GROUPS,
  { slot: WRITE, needs: [MAPPED], see: 'cat /proc/PID/gid_map    (PID: of the container)', hint: aboutWriting },
  async (t) => {
    t.fact('about', 'groups');
    const container = await t.run({ args: PROGRAM, adjust: withUser }).catch((error: unknown) => {
      const { call, errno } = error as DrydockError;
      if (call === 'write') t.fact('errno', errno);
      throw error;
    });
    const is = t.fact('is', mapOf(`/proc/${container.pid}`, 'gid_map'));
    t.must(is === wantedMap(gids), {
      did: 'wrote the maps of a new user namespace, as root',
      kernel: `gid_map is ${oneLine(is)}`,
      wanted: oneLine(wantedMap(gids)),
    });
  },
);

const root = consequence(
  'root inside is the number outside that the map says',
  { slot: WRITE, needs: [GROUPS], see: 'grep -E "^(Uid|Gid)" /proc/PID/status    (PID: of the container)' },
  async (t) => {
    const container = await t.run({ args: PROGRAM, adjust: withUser });
    const status = readStatus(container.pid)!;
    const [uid, gid] = ['Uid', 'Gid'].map((name) => Number(status.get(name)!.split(/\s/)[0]));
    const { output } = await container.inside(['sh', '-c', 'id -u; id -g']);
    t.must(uid === uids[0]!.hostID && gid === gids[0]!.hostID && output === '0\n0\n', {
      did: `started ${PROGRAM.join(' ')} as 0, 0`,
      kernel: `it is ${uid}, ${gid} outside and ${output.trim().replace('\n', ', ')} inside`,
      wanted: `${uids[0]!.hostID}, ${gids[0]!.hostID} outside, 0, 0 inside`,
    });
  },
);

const mayGroup = check(
  'what root has mapped may change its groups',
  { slot: WRITE, needs: [GROUPS], see: 'cat /proc/PID/setgroups    (PID: of the container)', hint: aboutWriting },
  async (t) => {
    t.fact('about', 'allow');
    const container = await t.run({ args: PROGRAM, adjust: withUser });
    const is = readFileSync(`/proc/${container.pid}/setgroups`, 'utf8').trim();
    t.must(is === 'allow', {
      did: 'wrote the maps with privilege',
      kernel: `setgroups says ${is}`,
      wanted: 'allow: a program that changes its user has to leave root’s groups',
    });
  },
);

const denied = check(
  'what an ordinary user has mapped may not, and only so is mapped',
  { slot: WRITE, needs: [MAPPED], see: 'unshare --map-root-user cat /proc/self/setgroups', hint: aboutWriting },
  async (t) => {
    t.fact('about', 'deny');
    const single = [{ containerID: 0, hostID: ORDINARY, size: 1 }];
    await withUnmapped((proc) => {
      const refused = asOrdinary(() => refusalOf(() => ask(t, WRITE, proc, single, single, false)));
      const [users, all] = [mapOf(proc, 'uid_map'), mapOf(proc, 'gid_map')];
      const setgroups = readFileSync(`${proc}/setgroups`, 'utf8').trim();
      t.fact('refused', refused);
      t.fact('setgroups', setgroups);
      const wanted = `0 ${ORDINARY} 1`;
      t.must(users === wanted && all === wanted && setgroups === 'deny', {
        did: refused ?? `wrote the maps as user ${ORDINARY}`,
        kernel: `uid_map ${oneLine(users)}, gid_map ${oneLine(all)}, setgroups ${setgroups}`,
        wanted: `${oneLine(wanted)} in both, and deny`,
      });
    });
  },
);

const outside = check(
  'outsideId says who owns a file, as the kernel does',
  { slot: OUTSIDE, needs: [MAPPED], see: 'stat -c %u FILE, inside and outside', hint: aboutOutside },
  async (t) => {
    const container = await t.run({ args: PROGRAM, adjust: withUser });
    for (const id of [0, 7, 999, 1000, 1499]) {
      await container.inside(['sh', '-c', `touch /tmp/${id}; chown ${id} /tmp/${id}`]);
      const is = statSync(`/proc/${container.pid}/root/tmp/${id}`).uid;
      same(t, id, uids, is, `a file of ${id} belongs to ${is} outside`);
    }
    const { code } = await container.inside(['sh', '-c', 'touch /tmp/more; chown 1500 /tmp/more']);
    t.must(code !== 0, { did: 'chown 1500', kernel: 'accepted it', wanted: 'EINVAL: only 0 to 1499 are mapped' });
    same(t, 1500, uids, undefined, 'chown 1500: Invalid argument, there is no such id');
    same(t, 5, undefined, 5, 'without a user namespace everybody is who they are');
  },
);

function same(t: Bench, id: number, mappings: readonly Mapping[] | undefined, is: unknown, kernel: string): void {
  const answer = ask<unknown>(t, OUTSIDE, id, mappings);
  t.fact('id', id);
  t.fact('answer', answer);
  t.fact('is', is);
  t.fact('mappings', mappings);
  const did = `outsideId(${id}, ${mappings ? 'the two mappings' : 'undefined'}) = ${String(answer)}`;
  t.must(answer === is, { did, kernel, wanted: String(is) });
}

/** What an ordinary user might want to write, and whether the kernel takes it: it is asked, not remembered. */
const attempts: readonly Mapping[][] = [
  [{ containerID: 0, hostID: ORDINARY, size: 1 }],
  [{ containerID: 1000, hostID: ORDINARY, size: 1 }],
  [{ containerID: 0, hostID: ORDINARY, size: 2 }],
  [{ containerID: 0, hostID: 0, size: 1 }],
  [
    { containerID: 0, hostID: ORDINARY, size: 1 },
    { containerID: 1, hostID: 100_000, size: 65_536 },
  ],
];

const single = check(
  'isSingle says who may write a map alone, as the kernel does',
  { slot: SINGLE, see: 'unshare --user sleep 600 & echo "0 0 1" >/proc/$!/uid_map', hint: aboutSingle },
  async (t) => {
    for (const mappings of attempts) {
      const text = wantedMap(mappings);
      const takes = await withUnmapped((proc) =>
        asOrdinary(() => refusalOf(() => writeFileSync(`${proc}/uid_map`, `${text}\n`)) === undefined),
      );
      const answer = t.fact('answer', ask<unknown>(t, SINGLE, mappings, ORDINARY));
      t.fact('lines', mappings.length);
      t.fact('size', mappings[0]!.size);
      t.fact('foreign', mappings[0]!.hostID !== ORDINARY);
      t.fact('inside', mappings[0]!.containerID);
      t.must(answer === takes, {
        did: `isSingle(${oneLine(text)}, ${ORDINARY}) = ${String(answer)}`,
        kernel: takes ? `takes it from user ${ORDINARY}` : `refuses it to user ${ORDINARY}: EPERM`,
        wanted: String(takes),
      });
    }
  },
);

const SUBUID = ['# given by useradd', 'ann:100000:65536', '', '1001:165536:65536', 'ann:300000:10', 'ben:400000'];

const ranges = check(
  'subordinateRanges reads what /etc/subuid gives away',
  { slot: RANGES, see: 'cat /etc/subuid', hint: aboutRanges },
  async (t) => {
    await withFile('subuid', SUBUID.join('\n'), 0o644, (path) => {
      const wanted = [
        { name: 'ann', hostID: 100_000, size: 65_536 },
        { name: '1001', hostID: 165_536, size: 65_536 },
        { name: 'ann', hostID: 300_000, size: 10 },
      ];
      const answer = t.fact('answer', ask<unknown>(t, RANGES, path));
      t.must(JSON.stringify(answer) === JSON.stringify(wanted), {
        did: `subordinateRanges(${path}) = ${JSON.stringify(answer)}`,
        kernel: 'is not asked: newuidmap(1) reads this file, and takes lines of three parts',
        wanted: JSON.stringify(wanted),
        see: 'grep "SUBUID =" lessons/05-user/check.ts    (the file that it was given)',
      });
      const none = t.fact(
        'none',
        refusalOf(() => ask(t, RANGES, `${path}.missing`)),
      );
      t.must(none === undefined, { did: none ?? '', kernel: 'many machines have no such file', wanted: '[]' });
    });
  },
);

const whole = check(
  'root inside cannot write a file of root’s outside',
  {
    needs: [MAPPED, GROUPS],
    see: './drydock try --userns --without rootfs sh -c "echo >>/etc/hostname"',
    hint: ({ uid }) => [
      'The file belongs to 0 outside. Who is root of the container there?',
      `It is ${String(uid)} outside. It writes what is root’s, so it is root’s number, or the container has no namespace.`,
      'Look at uid_map of the container: no line of it may have 0 as its second number.',
    ],
  },
  async (t) => {
    await withFile('diary', 'mine\n', 0o600, async (path) => {
      const container = await t.run({ args: PROGRAM, adjust: (spec) => scratchFile(withUser(spec), path) });
      t.fact('uid', readStatus(container.pid)!.get('Uid')!.split(/\s/)[0]);
      const { output } = await container.inside(['sh', '-c', 'id -u; echo was here >>/mnt/diary']);
      const is = readFileSync(path, 'utf8');
      t.must(is === 'mine\n' && namespaceOf(container.pid, 'user') !== namespaceOf('self', 'user'), {
        did: `as 0 in the container: echo was here >>${join('/mnt', 'diary')}`,
        kernel: `${output.trim().split('\n').join('; ')}; the file says ${oneLine(is)}`,
        wanted: 'Permission denied, and the file as it was',
      });
    });
  },
);

const whatIsLeft = nothingLeft(
  'ps -e; findmnt; ls /sys/fs/cgroup',
  'Each check has removed its containers. What is still there?',
  'A user namespace ends with its last process: look for one with `lsns -t user`, and end it.',
);

export const checks = [lines, groups, root, mayGroup, denied, outside, single, ranges, whole, whatIsLeft];
