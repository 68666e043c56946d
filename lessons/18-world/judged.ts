/** The learner's isolator in containers of the learner's runtime. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { withRequired } from '../../src/learn/isolator-suite.ts';
import type { Bench } from '../../src/learn/check/check.ts';
import { labRoot } from '../../src/lab/lab.ts';
import { labRootfs, reserveLabRootfs } from '../../src/lab/rootfs.ts';
import { mighty } from '../../src/learn/specs.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import { features } from '../../src/linux/features.ts';
import type { CreateOptions } from '../../src/runtime/container.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { WRITABLE } from './landlock.ts';
import type * as theirs from './landlock.ts';

/** Rebuilt around their functions. */
export const isolatorOf = async (t: Bench): Promise<AnyIsolator> =>
  (await t.part<typeof theirs>('lessons/18-world/landlock.ts')).landlock;

/** The config with this annotation, or without one. Root in it has more powers than Docker gives. */
export function writable(spec: Spec, places: string | undefined): Spec {
  if (places === undefined) return mighty(spec);
  return { ...mighty(spec), annotations: { ...spec.annotations, [WRITABLE]: places } };
}

/** A container that sleeps, with the isolator at the end of the stack. */
export const sleeping = (stack: readonly AnyIsolator[], isolator: AnyIsolator, places?: string): LabOptions => ({
  args: ['sleep', '1000'],
  stack: [...stack, isolator],
  adjust: (spec) => writable(spec, places),
});

/** Which of these paths root of the container can write a file at: `/tmp /srv`, or `none`. */
export async function canWrite(container: LabContainer, ...folders: string[]): Promise<string> {
  // Not even /dev/null may be written where no place is named, so what touch(1) complains of is picked out here.
  const line = folders.map((folder) => `touch ${folder}/x && echo written ${folder}`).join('; ');
  const { output } = await container.inside(['sh', '-c', line]);
  const written = [...output.matchAll(/^written (.*)$/gm)].map(([, folder]) => folder);
  return written.join(' ') || 'none';
}

/** For `runThrough`: the isolator with no more than it requires, in a lab container. */
export async function alone<T>(
  t: Bench,
  isolator: AnyIsolator,
  body: (options: CreateOptions) => Promise<T>,
): Promise<T> {
  const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
  const id = `check-world-${randomBytes(4).toString('hex')}`;
  const lower = await labRoot(process.env.DRYDOCK_ROOT ?? '/var/lib/drydock');
  const spec = defaultSpec({ args: ['true'], root: reserveLabRootfs(run, id), hostname: 'lab' }, features());
  const nothing = openSync('/dev/null', 'r+');
  try {
    return await body({
      ...{ id, bundle: run, run, spec: writable(spec, '/tmp'), stdio: [nothing, nothing, nothing] },
      isolators: [labRootfs(lower, run), ...withRequired(isolator, t.stack)],
    });
  } finally {
    closeSync(nothing);
  }
}
