/** The process itself: its program, its user, its numbers, its terminal, its clocks. */
import { readdirSync, readlinkSync } from 'node:fs';
import { readStat, readStatus } from '../../linux/procfs.ts';
import { attempt, fact, linesOf, textOf } from './attempt.ts';
import type { Fact, Subject } from './inspect.ts';

export function processFacts({ pid }: Subject): Fact[] {
  const [stat, status] = [readStat(pid), readStatus(pid)];
  const ids = (name: string): string | undefined => status?.get(name)?.split(/\s+/)[0];
  return [
    ...fact(
      'program',
      attempt(() => readlinkSync(`/proc/${pid}/exe`)),
    ),
    ...fact('command', textOf(`/proc/${pid}/cmdline`)?.split('\0').join(' ').trim()),
    ...fact('parent', stat && String(stat.parent)),
    ...fact('session', stat && String(stat.session)),
    ...fact('user', `${ids('Uid')}:${ids('Gid')} as this machine counts${groups(status?.get('Groups'))}`),
    ...fact(
      'directory',
      attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    ),
    ...fact(
      'descriptors',
      attempt(() => readdirSync(`/proc/${pid}/fd`).join(' ')),
    ),
  ];
}

const groups = (line = ''): string => (line.trim() ? `, groups ${line.trim()}` : '');

export function pidFacts({ pid }: Subject): Fact[] {
  const numbers = readStatus(pid)?.get('NSpid')?.split(/\s+/);
  const space = attempt(() => readlinkSync(`/proc/${pid}/ns/pid`));
  const members = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && attempt(() => readlinkSync(`/proc/${name}/ns/pid`)) === space,
  );
  return [
    ...fact('numbers', numbers && `${numbers.join(' outside, ')}${numbers.length > 1 ? ' inside' : ''}`),
    ['processes', String(members.length)],
  ];
}

export function userFacts({ pid }: Subject): Fact[] {
  const map = (file: string): string | undefined =>
    linesOf(`/proc/${pid}/${file}`)
      .map((line) => line.trim().split(/\s+/))
      .map(([inside, outside, count]) => `${inside} is ${outside} outside, ${count} of them`)
      .join('; ');
  return [
    ...fact('uid_map', map('uid_map')),
    ...fact('gid_map', map('gid_map')),
    ...fact('setgroups', textOf(`/proc/${pid}/setgroups`)),
  ];
}

/** Number of a terminal in stat: 8 bits of the major number in the middle, the minor one around them. */
export function terminalFacts({ pid }: Subject): Fact[] {
  const text = textOf(`/proc/${pid}/stat`) ?? '';
  const terminal = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[4] ?? 0);
  const streams = [0, 1, 2].map((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? 'closed');
  const number = `${(terminal >> 8) & 0xfff}:${(terminal & 0xff) | ((terminal >> 12) & 0xfff00)}`;
  return [
    ['controlling', terminal === 0 ? 'none' : number],
    ['streams', streams.join(' ')],
  ];
}

export function timeFacts({ pid }: Subject): Fact[] {
  const offsets = linesOf(`/proc/${pid}/timens_offsets`).map((line) => line.trim().split(/\s+/));
  const moved = offsets.filter(([, seconds, nanoseconds]) => seconds !== '0' || nanoseconds !== '0');
  return moved.map(([clock = '', seconds]) => [clock, `${seconds} s`] as const);
}
