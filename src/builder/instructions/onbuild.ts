/** `ONBUILD instruction`: what is to be done when somebody builds on this image. */
import type { OnbuildInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const onbuild: Perform<OnbuildInstruction> = ({ config }, { trigger }) => ({
  config: { ...config, OnBuild: [...((config.OnBuild as string[] | undefined) ?? []), trigger] },
  says: nop(config, ` ONBUILD ${trigger}`),
});
