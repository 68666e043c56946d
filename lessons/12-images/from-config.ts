/** A lab container that starts as the config of an image says, and what the kernel says of it. */
import { readFileSync } from 'node:fs';
import type { RunConfig } from '../../src/images/config.ts';
import type * as images from '../../src/images/index.ts';
import type { Asked } from '../../src/images/spec.ts';
import { processFacts } from '../../src/learn/facts.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import { features } from '../../src/linux/features.ts';

/** Somebody who is not root: the tree of the lab does not know him, and need not. */
const ann = { uid: 1000, gid: 50, additionalGids: [], home: '/home' };

/** Nobody may write into a config: the next container reads it, too. */
export function frozen<T>(value: T): T {
  for (const one of Object.values(value ?? {})) if (Array.isArray(one)) Object.freeze(one);
  return Object.freeze(value);
}

/** The config, with what a person asked for in its place, as ann. */
export function fromConfig(
  { imageSpec }: Pick<typeof images, 'imageSpec'>,
  image: RunConfig,
  asked: Partial<Asked> = {},
): LabOptions {
  const places = { rootfs: 'rootfs', account: ann, binds: {} };
  const { process } = imageSpec(
    frozen(image),
    frozen({ hostname: 'lab', terminal: false, ...asked }),
    places,
    features(),
  );
  return { args: [], adjust: (spec) => ({ ...spec, process }) };
}

/** The container; or, in words, why there is none. */
export type Started = LabContainer | string;

export const commandLine = (container: Started): string =>
  typeof container === 'string' ? container : (processFacts(container.pid)?.command ?? 'nothing');

/** What its first process was given by these names: `A=2 HOME=/srv`, in the order of the alphabet. */
export function variablesOf(container: Started, ...names: string[]): string {
  if (typeof container === 'string') return container;
  const given = readFileSync(`/proc/${container.pid}/environ`, 'utf8').split('\0');
  return given
    .filter((variable) => names.includes(variable.split('=', 1)[0]!))
    .sort()
    .join(' ');
}
