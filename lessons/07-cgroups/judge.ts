/**
 * Judges what a learner's function notes for one version: always its lines, and by the kernel where this machine has
 * that version.
 */
import type { Bench } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { collect, type Writer } from '../../src/runtime/cgroup-limit.ts';
import type { Resources } from '../../src/runtime/resources.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { fileOf, versionOf, type Version } from './where.ts';

/** Values by file. */
type Lines = Readonly<Record<string, string | undefined>>;

/** What the config asks for, and what the files become; undefined: nothing is written. */
export interface Case {
  readonly resources: Resources;
  readonly files: Lines;
}

/** What a slot notes for a config. */
export type Noted = (t: Bench, resources: Resources) => Lines;

/** The lines of `usualV1` or `usualV2`. */
export const linesOf =
  (slot: string): Noted =>
  (t, resources) => {
    const fill = functionOf<(limit: Writer, resources: Resources) => void>(t, slot);
    return Object.fromEntries(collect((limit) => fill(limit, resources)).map(({ file, value }) => [file, value]));
  };

/** A config that asks for these limits. */
export const withLimits =
  (resources: Resources) =>
  (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, resources } });

/**
 * Ends the check at the first file that is not as wanted, with the facts `file`, `is` and `wanted`. The first case is
 * asked of the kernel, too, if this machine has its files.
 */
export async function judge(t: Bench, version: Version, noted: Noted, ...cases: readonly Case[]): Promise<void> {
  for (const { resources, files } of cases) {
    const lines = noted(t, resources);
    const did = `for ${JSON.stringify(resources)}: ${shown(lines)}`;
    for (const [file, wanted] of Object.entries(files)) {
      const is = t.fact('is', lines[file]);
      const kernel = isHere(file, version)
        ? `${file} would ${is === undefined ? 'stay as it is' : `be ${is}`}`
        : `was not asked: here ${controllerOf(file)} is in cgroup v${3 - version}`;
      t.must(is === t.fact('wanted', wanted), { did, kernel, wanted: inWords(t.fact('file', file), wanted) });
    }
  }
  const [first] = cases;
  if (first && Object.keys(first.files).every((file) => isHere(file, version))) await ask(t, noted, first);
}

async function ask(t: Bench, noted: Noted, { resources, files }: Case): Promise<void> {
  const container = await t.run({ args: ['sleep', '1000'], adjust: withLimits(resources) });
  for (const [file, wanted] of Object.entries(files)) {
    const is = t.fact('is', fileOf(container, file));
    t.must(wanted === undefined || is === t.fact('wanted', wanted), {
      did: shown(noted(t, resources)),
      kernel: `${t.fact('file', file)} is ${is}`,
      wanted: inWords(file, wanted),
    });
  }
}

const controllerOf = (file: string): string => file.split('.')[0]!;

const isHere = (file: string, version: Version): boolean => versionOf(controllerOf(file)) === version;

const inWords = (file: string, wanted: string | undefined): string =>
  wanted === undefined ? `nothing in ${file}` : `${file} = ${wanted}`;

function shown(lines: Lines): string {
  const written = Object.entries(lines).filter(([, value]) => value !== undefined);
  return written.map(([file, value]) => `${file} = ${value}`).join(', ') || 'nothing';
}
