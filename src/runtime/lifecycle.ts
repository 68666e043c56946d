/**
 * In which state a container is, and what may be done with it then (OCI runtime.md, "State" and "Lifecycle").
 *
 *     (nothing) ──create──▶ created ──start──▶ running ──its program ends──▶ stopped ──delete──▶ (nothing)
 *                              │                 │  ▲                           ▲
 *                              │           pause │  │ resume                    │
 *                              │                 ▼  │                           │
 *                              │                paused                          │
 *                              └───────── kill ──┴───── kill ───────────────────┘
 *
 * Invariant: nobody writes the state down. It is asked of the kernel each time, so that it is right also after whoever
 * started, killed or watched the container has been killed at the wrong moment. And each verb asks one table, so that all
 * of them agree on what a state means.
 */
import { DrydockError } from '../errors.ts';
import { isSame, readStat } from '../linux/procfs.ts';
import { bootId, type SavedState, type Status } from './state.ts';

/** What somebody may want of a container that exists. */
export type Verb = 'start' | 'exec' | 'kill' | 'pause' | 'resume' | 'update' | 'inspect' | 'delete';

/** The table: the states in which a verb may be used. A container that stands still can be killed, but runs no more programs. */
export function statesFor(verb: Verb): readonly Status[] {
  switch (verb) {
    case 'start':
      return ['created'];
    case 'exec':
    case 'pause':
      return ['created', 'running'];
    case 'resume':
      return ['paused'];
    case 'kill':
    case 'update':
    case 'inspect':
      return ['created', 'running', 'paused'];
    case 'delete':
      return ['stopped'];
  }
}

/**
 * The state, from the kernel alone: whether the process is there, and whether it has executed a program since it was
 * cloned. That it is paused only its cgroups know (existing.ts).
 */
export function statusOf({ pid, startTime, bootId: boot }: SavedState): Status {
  const isAlive = boot === bootId() && isSame(pid, startTime);
  if (!isAlive) return 'stopped';
  return readStat(pid)?.isBeforeExec ? 'created' : 'running';
}

/** Goes on if a container in this state takes the verb. Throws WRONG_STATE. */
export function demand(verb: Verb, id: string, is: Status): void {
  if (!statesFor(verb).includes(is)) throw wrongState(verb, id, is);
}

export function wrongState(verb: Verb, id: string, is: Status): DrydockError {
  const wanted = statesFor(verb)
    .join(', ')
    .replace(/, (?=\w+$)/, ' or ');
  // In runc's words: by them containerd's shim tells a signal that came too late from one that failed.
  const tooLate = verb === 'kill' && is === 'stopped';
  const why = tooLate ? 'container not running, it has stopped' : `it is ${is}, not ${wanted}`;
  return new DrydockError('WRONG_STATE', `cannot ${verb} '${id}': ${why}`, { hint: wayOut(verb, id, is) });
}

/** What brings it into the state that is wanted. */
function wayOut(verb: Verb, id: string, is: Status): string | undefined {
  if (verb === 'delete') return `\`drydock oci kill ${id} KILL\` ends it; \`delete --force\` does both`;
  if (is === 'paused' && verb !== 'pause') return `\`drydock oci resume ${id}\` lets it go on`;
  return undefined;
}
