/**
 * What one process may use, and when it gets its turn: resource limits (setrlimit(2)), the score of the out-of-memory
 * killer (proc_pid_oom_score_adj(5)), scheduling (sched_setattr(2), Linux 3.14) and disk priority (ioprio_set(2)).
 *
 * They count for each process and are inherited; what a container uses as a whole is the cgroup's. They are set before
 * the user changes, who may not be allowed to raise them.
 */
import { writeFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { ioClasses, resourceLimits, schedulingFlags, schedulingPolicies } from '../../linux/constants.ts';
import type { Isolator } from '../isolator.ts';
import type { Plan } from '../plan.ts';
import type { Process } from '../spec.ts';

export const limits: Isolator = {
  name: 'limits',
  summary: 'how much each process may use',
  steps(plan, { process }) {
    for (const { type, soft, hard } of process.rlimits ?? [])
      plan.setrlimit(resourceLimits[type], limit(soft), limit(hard)).because('asked for in process.rlimits');
    if (process.scheduler) schedule(plan, process.scheduler);
    if (process.ioPriority)
      plan
        .ioprio_set(ioClasses[process.ioPriority.class], process.ioPriority.priority ?? 0)
        .because('its turn at the disk');
  },
  at: {
    // From outside: inside, /proc may be somebody's trap (CVE-2025-52881).
    born(_claim, { proc, spec }) {
      const { oomScoreAdj } = spec.process;
      if (oomScoreAdj !== undefined) writeScore(`${proc}/oom_score_adj`, oomScoreAdj);
    },
  },
};

/** RLIM_INFINITY is the largest number of 64 bits, which JSON gives as one that is a little larger. */
const limit = (value: number): number => (value >= 2 ** 63 ? -1 : value);

function schedule(plan: Plan, scheduler: NonNullable<Process['scheduler']>): void {
  const { policy, nice = 0, priority = 0, flags = [], runtime = 0, deadline = 0, period = 0 } = scheduler;
  const bits = flags.reduce((sum, flag) => sum | schedulingFlags[flag], 0);
  plan
    .sched_setattr(schedulingPolicies[policy], bits, nice, priority, runtime, deadline, period)
    .because('its turn at the processor');
}

function writeScore(path: string, score: number): void {
  try {
    writeFileSync(path, String(score));
  } catch (cause) {
    const { code, errno } = cause as NodeJS.ErrnoException;
    throw new DrydockError('SYSCALL', `process.oomScoreAdj: cannot write ${score} to ${path}: ${code}`, {
      isolator: 'limits',
      call: 'write',
      args: [path, String(score)],
      errno: Math.abs(errno ?? 0),
      hint: 'lower than its parent’s needs CAP_SYS_RESOURCE, which this machine’s root may lack',
      cause,
    });
  }
}
