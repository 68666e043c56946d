/**
 * What `masks` has to do: cover what config.json hides, and close to writing what it makes read-only. Without a filter in
 * the way, for a wrong one would keep the container from living.
 */
import { existsSync } from 'node:fs';
import { check } from '../../src/learn/check/check.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { PROGRAM, said } from './probe.ts';

const MASKS = 'isolators/masks.ts#steps';
const HIDDEN = 'what config.json hides reads as nothing';
const SCRATCH = '/proc/sys/kernel/core_pattern';

const withoutFilter = (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, seccomp: undefined } });

/** Prints for each path how many bytes it shows, of a folder its names. */
const reading = (paths: readonly string[]): string =>
  `for p in ${paths.join(' ')}; do if [ -d $p ]; then ls -A $p; else head -c 4096 $p; fi 2>&1 | wc -c; done; ` +
  'echo done; exec sleep 1000';

/** Those of a list that this kernel has. */
const here = (paths: readonly string[] | undefined): string[] => (paths ?? []).filter((path) => existsSync(path));
const covers = (pid: number, path: string) => readMountinfo(pid).filter(({ mountPoint }) => mountPoint === path);

export const hidden = check(
  HIDDEN,
  {
    slot: MASKS,
    see: './drydock try sh -c "wc -c < /proc/timer_list; cat /proc/self/mountinfo"',
    hint: ({ path, covered }) => [
      'Everything in linux.maskedPaths is to be covered: /dev/null over a file, an empty folder over a folder.',
      covered
        ? `${String(path)} is a mount point, but what it shows is still the machine’s: it was made read-only, not masked.`
        : `${String(path)} is no mount point in the container: nothing was put over it.`,
      "For each path of maskedPaths: plan.mask_at(slot('root'), path).because('…').",
    ],
  },
  async (t) => {
    let paths: string[] = [];
    const adjust = (spec: Spec): Spec => {
      paths = here(spec.linux?.maskedPaths);
      return { ...withoutFilter(spec), process: { ...spec.process, args: ['sh', '-c', reading(paths)] } };
    };
    const container = await t.run({ args: PROGRAM, adjust });
    await said(container);
    const sizes = container.output().split('\n').map(Number);
    const index = paths.findIndex((_, i) => sizes[i] !== 0);
    const path = t.fact('path', paths[index] ?? '');
    t.fact('covered', path !== '' && covers(container.pid, path).length > 0);
    t.must(index < 0, {
      did: 'read everything in linux.maskedPaths, as root inside',
      kernel: `${path} gives ${sizes[index]} bytes or more`,
      wanted: '0 bytes',
      see: `./drydock try head -c 200 ${path}`,
    });
  },
);

export const untouchable = check(
  'what config.json makes read-only cannot be opened for writing',
  {
    slot: MASKS,
    see: `./drydock try sh -c ": >> ${SCRATCH}"`,
    hint: ({ options }) => [
      `${SCRATCH} names the program that the kernel starts, outside, when something crashes. Who may write it?`,
      options === ''
        ? '/proc/sys is no mount point in the container: linux.readonlyPaths was not looked at.'
        : `/proc/sys is a mount of its own, with the options ${String(options)}: it is to be there, and read-only.`,
      "For each path of readonlyPaths: plan.readonly_at(slot('root'), path).because('…').",
    ],
  },
  async (t) => {
    // The append opens the file, and writes nothing: the machine stays as it is.
    const args = ['sh', '-c', `(: >> ${SCRATCH}) && echo opened; ls /proc/sys; echo done; exec sleep 1000`];
    const container = await t.run({ args, adjust: withoutFilter });
    await said(container);
    t.fact('options', covers(container.pid, '/proc/sys')[0]?.options.join(',') ?? '');
    const output = container.output();
    t.must(/Read-only file system/.test(output) && /\bkernel\b/.test(output), {
      did: `open("${SCRATCH}", O_WRONLY|O_APPEND), as root inside`,
      kernel: output.includes('opened')
        ? 'it is open: the next write would change this machine'
        : output.trim().split('\n')[0]!,
      wanted: 'EROFS: Read-only file system, and /proc/sys to be read as before',
    });
  },
);

export const once = check(
  'a further process finds everything covered once, not twice',
  {
    slot: MASKS,
    needs: [HIDDEN],
    see: 'grep -c timer_list /proc/PID/mountinfo    (PID: of the container, after an exec)',
    hint: ({ count }) => [
      'The steps are asked for at create and again at each exec. Are the covers gone in between?',
      `After one exec there are ${String(count)} mounts on one path: a mount belongs to the namespace, and stays there.`,
      "Begin with: if (mode === 'exec') return;",
    ],
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM, adjust: withoutFilter });
    await container.inside(['true']);
    const [path = ''] = here(container.spec.linux?.maskedPaths);
    const count = t.fact('count', covers(container.pid, path).length);
    t.must(count === 1, { did: 'exec true', kernel: `${count} mounts on ${path}`, wanted: '1, from the create' });
  },
);
