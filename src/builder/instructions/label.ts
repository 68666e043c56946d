/** `LABEL name=value …`: text about the image, for people and tools. */
import type { LabelInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const label: Perform<LabelInstruction> = ({ config }, { pairs }) => ({
  config: {
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(pairs.map(({ name, value }) => [name, value])) },
  },
  says: nop(config, ` LABEL ${pairs.map(({ name, value }) => `${name}=${value}`).join(' ')}`),
  also: pairs,
});
