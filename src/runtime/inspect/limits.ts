/** What it may do: capabilities, system calls, resources, labels. */
import { namesOf } from '../../linux/capabilities.ts';
import { readStatus } from '../../linux/procfs.ts';
import { fact, linesOf, textOf } from './attempt.ts';
import type { Fact, Subject } from './inspect.ts';

const SETS = [
  ['effective', 'CapEff'],
  ['permitted', 'CapPrm'],
  ['inheritable', 'CapInh'],
  ['bounding', 'CapBnd'],
  ['ambient', 'CapAmb'],
] as const;

/** Sets that are equal to one before them are said so: the names fill lines. */
export function capabilityFacts({ pid }: Subject): Fact[] {
  const status = readStatus(pid);
  if (!status) return [];
  const seen = new Map<string, string>();
  const sets = SETS.flatMap(([name, line]): Fact[] => {
    const bits = status.get(line);
    if (bits === undefined) return [];
    const same = seen.get(bits);
    if (same === undefined) seen.set(bits, name);
    return [[name, same ? `as ${same}` : namesOf(parseInt(bits, 16)).join(' ') || 'none']];
  });
  const locked = status.get('NoNewPrivs');
  return [...sets, ...fact('no_new_privs', locked && (locked === '1' ? 'set' : 'not set'))];
}

const MODES: Readonly<Record<string, string>> = { '0': 'none', '1': 'strict', '2': 'a filter' };

export function seccompFacts({ pid }: Subject): Fact[] {
  const status = readStatus(pid);
  const mode = status?.get('Seccomp');
  return [...fact('mode', mode && (MODES[mode] ?? mode)), ...fact('filters', status?.get('Seccomp_filters'))];
}

const SHOWN = ['Max open files', 'Max processes', 'Max core file size', 'Max locked memory'];

export function limitFacts({ pid }: Subject): Fact[] {
  const rows = linesOf(`/proc/${pid}/limits`).flatMap((line): Fact[] => {
    const name = SHOWN.find((start) => line.startsWith(start));
    const [soft, hard] = name ? line.slice(name.length).trim().split(/\s+/) : [];
    return name ? [[name.slice('Max '.length), `${soft} soft, ${hard} hard`]] : [];
  });
  return [...rows, ...fact('oom_score_adj', textOf(`/proc/${pid}/oom_score_adj`))];
}

export function personalityFacts({ pid }: Subject): Fact[] {
  const number = textOf(`/proc/${pid}/personality`);
  return number === undefined || /^0+$/.test(number) ? [] : [['personality', `0x${number}`]];
}

export function labelFacts({ pid }: Subject): Fact[] {
  const label = textOf(`/proc/${pid}/attr/current`)?.replace(/\0$/, '');
  return label ? [['label', label]] : [];
}
