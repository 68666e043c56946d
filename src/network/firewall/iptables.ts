/**
 * Our chains in the tables of iptables(8), for a kernel without nftables: Ubuntu 14.04 with Linux 3.16, say.
 *
 *     table raw      PREROUTING  ──▶ DRYDOCK-RAW
 *     table filter   INPUT       ──▶ DRYDOCK-INPUT
 *     table filter   FORWARD     ──▶ DRYDOCK-SHUT, -FORWARD, -PASS       OUTPUT      ──▶ DRYDOCK-REFUSED
 *     table nat      PREROUTING  ──▶ DRYDOCK-PREROUTING                  OUTPUT      ──▶ DRYDOCK-OUTPUT
 *                    POSTROUTING ──▶ DRYDOCK-POSTROUTING
 *
 * Docker, ufw and the administrator have the same tables. In their chains there is one jump of ours to each of our own, and
 * nothing else is touched. A chain is there as long as it has a rule; a rule has the id of whose it is as its comment.
 *
 * A change is read, planned and made: iptables-save, then iptables-restore with what goes and what comes, each table in
 * one transaction. What goes is named as it was read, so that a table which has changed meanwhile refuses the whole, and
 * it begins anew. It is read again in the end: before iptables 1.6.2 nobody held a lock, and who wrote last had written all.
 */
import { DrydockError } from '../../errors.ts';
import type { IpFamily } from './firewall.ts';
import type { Rule } from './rules.ts';
import { jumpTo, nameOf, places, wordsOf, type Chain, type Place } from './words.ts';
import { restore, restoreIn, save } from './xtables.ts';

/** A rule of ours, ready for its table. */
interface Line {
  readonly chain: Chain;
  readonly words: string;
}

/** What is to become of the rules that have one comment. */
interface Wish {
  readonly comment: string;
  readonly lines: readonly Line[];
  /** In which chains; in others they stay as they are. */
  readonly isMeant: (chain: Chain) => boolean;
}

const inPass = (chain: Chain): boolean => chain === 'pass';

/** The rules called `comment` become these in our chains of this family; none: they go. */
export function replaceRules(family: IpFamily, comment: string, rules: readonly Rule[], namespace?: string): void {
  const lines = rules.map(({ chain, text }) => ({ chain, words: wordsOf(text) }));
  if (namespace) return writeOver(namespace, comment, lines);
  fulfil(family, { comment, lines, isMeant: (chain) => !inPass(chain) });
}

/**
 * A chain of others that drops what it does not know would drop what we let pass: there our bridge is let through, behind
 * our own walls. One that drops nothing by default is left alone.
 */
export function passOthers(device: string, comment: string): void {
  const isShut = linesOf(save('ip'), 'filter').some((line) => line.startsWith(':FORWARD DROP'));
  const sides = ['-i', '-o'].map((side) => ({ chain: 'pass', words: `${side} ${device} -j ACCEPT` }) as const);
  fulfil('ip', { comment, lines: isShut ? sides : [], isMeant: inPass });
}

/** Takes that back; idempotent. */
export function leaveOthers(_device: string, comment: string): void {
  fulfil('ip', { comment, lines: [], isMeant: inPass });
}

/** How often somebody else may come in between. */
const MOST_TRIES = 5;
const PAUSE_MS = 50;

/** What keeps packets out comes before what leads them in, and goes after it. */
const TABLES = ['raw', 'filter', 'nat'] as const;

function fulfil(family: IpFamily, wish: Wish): void {
  const tables = wish.lines.length ? TABLES : [...TABLES].reverse();
  let why: string | undefined;
  for (let tries = 0; tries <= MOST_TRIES; tries++) {
    const all = save(family);
    if (tries > 0 && !why && isFulfilled(all, wish)) return;
    const change = tables.map((table) => planTable(family, table, linesOf(all, table), wish)).join('');
    if (!change) return;
    if (why) pause();
    why = restore(family, change);
  }
  throw failed(`the rules of ${wish.comment} cannot be given to iptables: ${why ?? 'they are gone again'}`);
}

function failed(message: string): DrydockError {
  return new DrydockError('UNSUPPORTED', message, {
    isolator: 'bridged',
    call: 'iptables-restore',
    hint: 'the kernel may lack one of its parts, or another program changes the tables all the time: `iptables-save`',
  });
}

const pause = (): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);

const chainOf = new Map(Object.keys(places).map((chain) => [nameOf(chain as Chain), chain as Chain]));

/** A rule of ours as iptables-save prints it. Words with quotes are none that we have written. */
const OURS = /^-A (DRYDOCK-[A-Z]+) ([\w .,:/![\]-]+)$/;

interface Found {
  readonly chain: Chain;
  readonly line: string;
  readonly comment: string | undefined;
}

function ours(lines: readonly string[]): Found[] {
  return lines.flatMap((line) => {
    const [, name, words] = OURS.exec(line.replace(/--comment "([\w-]+)"/, '--comment $1')) ?? [];
    const chain = chainOf.get(name ?? '');
    return chain ? [{ chain, line: `${name} ${words}`, comment: /--comment (\S+)/.exec(words!)?.[1] }] : [];
  });
}

const isStale = ({ chain, comment }: Found, wish: Wish): boolean => comment === wish.comment && wish.isMeant(chain);

const isFulfilled = (all: string, wish: Wish): boolean =>
  ours(all.split('\n')).filter((rule) => isStale(rule, wish)).length === wish.lines.length;

/** The lines of one table in what iptables-save prints; none when nobody has used it yet. */
function linesOf(all: string, table: string): string[] {
  const lines = all.split('\n');
  const begin = lines.indexOf(`*${table}`);
  return begin < 0 ? [] : lines.slice(begin + 1, lines.indexOf('COMMIT', begin));
}

/** One transaction for iptables-restore, or nothing. */
function planTable(family: IpFamily, table: Place['table'], lines: readonly string[], wish: Wish): string {
  const before = ours(lines);
  const stale = before.filter((rule) => isStale(rule, wish));
  const added = wish.lines.filter(({ chain }) => places[chain].table === table);
  const after = new Set([...before.filter((rule) => !stale.includes(rule)), ...added].map(({ chain }) => chain));
  const known = [...chainOf.values()].filter((chain) => lines.some((line) => line.startsWith(`:${nameOf(chain)} `)));
  const changes = [
    ...[...after].filter((chain) => !known.includes(chain)).map((chain) => `-N ${nameOf(chain)}`),
    ...stale.map(({ line }) => `-D ${line}`),
    ...added.map(({ chain, words }) => `-A ${nameOf(chain)} -m comment --comment ${wish.comment} ${words}`),
    ...jumps(family, table, lines, after),
    ...known.filter((chain) => !after.has(chain)).flatMap((chain) => [`-F ${nameOf(chain)}`, `-X ${nameOf(chain)}`]),
  ];
  return changes.length ? [`*${table}`, ...changes, 'COMMIT', ''].join('\n') : '';
}

/** At each hook of the table: a jump to each chain that is there, in order, in front of what others have. */
function jumps(family: IpFamily, table: string, lines: readonly string[], after: ReadonlySet<Chain>): string[] {
  const here = [...chainOf.values()].filter((chain) => places[chain].table === table);
  return [...new Set(here.map((chain) => places[chain].hook))].flatMap((hook) => {
    const wanted = here.filter((chain) => places[chain].hook === hook && after.has(chain));
    const all = lines.filter((line) => line.startsWith(`-A ${hook} `));
    const isOurs = (line: string): boolean => / -j DRYDOCK-[A-Z]+$/.test(line);
    const found = all.filter(isOurs);
    // Who has come later may stand before us: `docker` puts an ACCEPT in front that would end the table.
    const inFront = all.slice(0, found.length).every(isOurs);
    if (inFront && found.map((line) => line.split(' -j ')[1]).join() === wanted.map(nameOf).join()) return [];
    const inserted = wanted.map((chain, place) => `-I ${hook} ${place + 1} ${jumpTo(chain, family)}`);
    return [...found.map((line) => line.replace('-A', '-D')), ...inserted];
  });
}

/**
 * A container's own namespace, which is read by nobody: our chain there is written anew whole (a chain that is declared
 * is emptied), and the jump to it is taken away first, if it is there.
 */
function writeOver(namespace: string, comment: string, lines: readonly Line[]): void {
  for (const chain of new Set(lines.map((line) => line.chain))) {
    const { table, hook } = places[chain];
    const name = nameOf(chain);
    const jump = `${hook} ${jumpTo(chain, 'ip')}`;
    const rules = lines.filter((line) => line.chain === chain).map(({ words }) => `-A ${name} ${words}`);
    restoreIn(namespace, [`*${table}`, `-D ${jump}`, 'COMMIT', ''].join('\n'), { isQuiet: true });
    const text = [`*${table}`, `:${name} - [0:0]`, `-I ${jump}`, ...rules, 'COMMIT', ''].join('\n');
    const code = restoreIn(namespace, text);
    if (code !== 0) throw failed(`iptables-restore ended with ${code}, for the rules ${comment} in ${namespace}`);
  }
}
