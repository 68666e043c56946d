/**
 * What root in a container reaches of the whole machine, and what keeps it from there.
 *
 * All attempts are harmless: a file is read, a file is opened for writing and closed again, and the time that the clock
 * shall be set to is one that no clock can have. How far the kernel comes before it refuses is what tells: EINVAL means
 * that it has looked at the time, EPERM that it has not.
 */
import { existsSync } from 'node:fs';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { EPERM } from '../../src/linux/errno.ts';
import { holds, ownBoundingSet, capabilityNumber } from '../../src/linux/capabilities.ts';
import { isolators, type AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { answersIn, doors, probe, refusing, withProbe, wordFor } from './probe.ts';

const args = ['sleep', '1000'];
const but = (...names: string[]): readonly AnyIsolator[] => isolators.filter(({ name }) => !names.includes(name));

/** The memory of the machine, where there is a file for it that root here may open; else its timers. */
const secret = (): string =>
  existsSync('/proc/kcore') && holds(ownBoundingSet(), capabilityNumber('CAP_SYS_RAWIO')!)
    ? '/proc/kcore'
    : '/proc/timer_list';

const memory: Attack = {
  name: 'read /proc/kcore, or what of the machine this kernel shows',
  undefended: 'without masks',
  defended: 'with masks',
  async attempt(target, isDefended) {
    // All of root's powers: what stops it is the cover alone.
    const stack = isDefended ? but('capabilities') : but('capabilities', 'masks');
    const container = await target.container({ args, stack });
    const { output } = await container.inside(['sh', '-c', `head -c 4096 ${secret()} | wc -c`]);
    return { succeeded: Number(output) > 0, seen: `${secret()} gives ${output.trim()} bytes` };
  },
};

const crash: Attack = {
  name: 'choose the program that runs outside when something crashes',
  undefended: 'without masks',
  defended: 'with masks',
  async attempt(target, isDefended) {
    const container = await target.container({ args, stack: isDefended ? isolators : but('masks') });
    const open = '(: >> /proc/sys/kernel/core_pattern) && echo it is open for writing';
    const { code, output } = await container.inside(['sh', '-c', open]);
    return { succeeded: code === 0, seen: output.trim().replace(/^sh: /, '') };
  },
};

const clock: Attack = {
  name: 'set the clock',
  undefended: 'the default filter',
  defended: 'a filter that refuses it',
  async attempt(target, isDefended) {
    const names = ['clock_settime', 'settimeofday', 'clock_adjtime', 'adjtimex'];
    const word = wordFor('clock_settime', doors[0]!.name, ',0,time')!;
    const container = await target.container({
      args,
      // As a container that serves the time has it: with the capability.
      stack: but('capabilities'),
      adjust: (spec) => (isDefended ? refusing(withProbe(spec), names, EPERM) : withProbe(spec)),
    });
    const { output } = await container.inside(['sh', '-c', probe(word)]);
    const answer = [...answersIn(output).values()].join(' ');
    const meaning = answer === 'EPERM' ? 'nobody looked at the time' : 'the kernel looked at the time, and disliked it';
    return { succeeded: answer !== 'EPERM', seen: `clock_settime answers ${answer}: ${meaning}` };
  },
};

export const attacks: readonly Attack[] = [memory, crash, clock];

export const breakIt = breaking(attacks, {
  lesson: 'seccomp',
  seconds: 3,
  question: 'What does root in a container reach of the whole machine?',
  turn: ['./drydock read seccomp', 'what covers it, and what answers first'],
});
