/** The last check of a lesson that makes containers: everything that they had is gone. */
import { check, type Check } from './check.ts';

/** `see` shows it by hand; of its hints the first says where to look, the last what to do. */
export function nothingLeft(see: string, where: string, what: string): Check {
  return check(
    'nothing is left behind',
    { see, hint: ({ left }) => [where, `Counted: ${String(left)}.`, what] },
    async (t) => {
      const { processes, mounts, cgroups } = await t.leftBehind();
      const left = t.fact('left', `processes ${processes}, mounts ${mounts}, cgroups ${cgroups}`);
      t.must(processes + mounts + cgroups === 0, { did: 'removed every container', kernel: left, wanted: '0, 0, 0' });
    },
  );
}
