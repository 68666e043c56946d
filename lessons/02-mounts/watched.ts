/**
 * A container of the learner's runtime, made on a stand-in for the host and watched step by step.
 *
 * The mounts of the stand-in are shared, as systemd makes those of a machine: what leaks out of the container leaks
 * there. And a step that was refused is explained by the mounts as they were before it, not by its errno.
 */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { DrydockError } from '../../src/errors.ts';
import type { Bench } from '../../src/learn/check/check.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import { standIn, type StandIn } from '../../src/learn/stand-in.ts';
import { parseMountinfo, type Mount } from '../../src/linux/mountinfo.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { refusedText, whyRefused } from './tree.ts';

const PROGRAM = ['sleep', '1000'];

/** What was seen while a container was made on a stand-in, and the container if it came to that. */
export interface Seen {
  readonly host: StandIn;
  readonly container?: LabContainer;
  readonly refused?: DrydockError;
  /** Its mounts and its working directory right before the first step of each name. */
  readonly before: Readonly<
    Record<string, { readonly mounts: readonly Mount[]; readonly cwd: string; readonly stands: boolean }>
  >;
}

export type Wishes = Partial<LabOptions> & { readonly inFront?: (host: StandIn) => readonly AnyIsolator[] };

/** Makes a container of the learner's runtime on a stand-in, and ends the stand-in when it has been judged. */
export async function onStandIn(t: Bench, wishes: Wishes, judge: (seen: Seen) => Promise<void> | void): Promise<void> {
  const { stack = t.stack, inFront, ...rest } = wishes;
  const host = await standIn('mount');
  const before: Record<string, Seen['before'][string]> = {};
  try {
    let container: LabContainer | undefined;
    let refused: DrydockError | undefined;
    try {
      container = await t.run({
        args: PROGRAM,
        ...rest,
        stack: [host.isolator, ...(inFront?.(host) ?? []), ...stack],
        onStep({ call }, _index, pid) {
          if (pid !== undefined) before[call] ??= lookAt(pid);
        },
      });
    } catch (error) {
      if (!(error instanceof DrydockError) || error.step === undefined) throw error;
      refused = error;
    }
    await judge({ host, container, refused, before });
    await container?.remove();
  } finally {
    await host.close();
  }
}

function lookAt(pid: number): Seen['before'][string] {
  const [cwd, root] = ['cwd', 'root'].map((name) => statSync(`/proc/${pid}/${name}`));
  // Read at this moment for every call, and taken apart for the few that are asked for.
  const mountinfo = readFileSync(`/proc/${pid}/mountinfo`);
  return {
    get mounts() {
      return parseMountinfo(mountinfo);
    },
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    stands: cwd!.dev === root!.dev && cwd!.ino === root!.ino,
  };
}

/** Says why the pivot was refused, if it was. */
export function mustPivot(t: Bench, { refused, before }: Seen): void {
  if (!refused) return;
  const { call } = refused;
  if (call !== undefined) t.fact('refused', call);
  const then = call === undefined ? undefined : before[call];
  if (call !== 'pivot_root' || !then) throw refused;
  const [newRoot] = refused.args as [string];
  const why = whyRefused(then.mounts, newRoot === '.' ? then.cwd : newRoot, refused);
  t.fact('reason', why.reason);
  t.must(false, {
    did: refusedText(refused),
    at: refused.at,
    kernel: why.kernel,
    wanted: why.wanted,
    see: 'findmnt -o TARGET,PROPAGATION    (in ./drydock try --step sh, key s before the step pivot_root)',
  });
}
