/**
 * The growing picture (cutaway.ts) for a terminal: the ship in letters, and the list of its organs for `--plain`.
 *
 * In the drawing `<pid>` is the place of an organ and as wide as what replaces it: ` pid ` when it is there, `[pid]`
 * when this lesson brings it, dots when it is still to come.
 */
import { stateOf } from './cutaway.ts';
import { organs } from './organs.ts';

const sheet = String.raw`
       __________________________<build>________________________
       ||                                        |            ||
       ||     .-<lifecycle>-.  .-----------. .---'----.       || .--------.
.----------.  |  o  o  o  o |  |  <union>  | |<images>|<world>|| |<engine>|
|<registry>|  |             |  |-----------| '--------' \___/ || '-.    .-'
'----------'  |             |  |-----------|           ~~~~~~~||   |    |
=========. ___|_____________|__|___________|__________________,/ .==========
<ports>##==\  <user>  | <pid> | <capabilities> | <names>     /   |##########
#########|  \---------+-------+----------------+------------/    |.---------.
#########| O=\ <process> | <mounts> | <cgroups> |<network>=/=====#|<volumes>|
#########|    \----------+----------+-----------+---------/------='---------'
#########|     \____: : :__<seccomp>___: : :____<rootfs>_/       |##########
#########'--------[]--|-|----[]----[]----|-|----[]----[]---------'##########
############################ THE KERNEL, ONE FOR ALL #######################
`;

/** What `drawCutaway(current)` shows, in lines of at most 80 columns. */
export function cutawayDrawn(current: number): string[] {
  const text = organs.reduce((out, { name }, i) => {
    const [open, close] = i === current ? '[]' : '  ';
    return out.replace(`<${name}>`, open + (i > current ? '.'.repeat(name.length) : name) + close);
  }, sheet);
  return text.split('\n').slice(1, -1);
}

/** What this lesson brings, in a line that may have to be wrapped; undefined where it is no lesson's. */
export function cutawayLegend(current: number): string | undefined {
  const organ = organs[current];
  return organ && `[${organ.name}] ${organ.is}`;
}

/** The picture in words: a line for each organ that is there, which may have to be wrapped. */
export function cutawayListed(current: number): string[] {
  const there = organs.filter((_, i) => stateOf(i, current) !== 'later');
  const rest = organs.length - there.length;
  return [
    'A ship stands in a dry dock, cut open. The ground below it is the kernel. It has:',
    ...there.map(({ name, is }, i) => `${i}. ${name}${i === current ? ' (this lesson)' : ''}: ${is}`),
    ...(rest > 0
      ? [
          `Still to come: ${organs
            .slice(-rest)
            .map(({ name }) => name)
            .join(', ')}.`,
        ]
      : []),
  ];
}
