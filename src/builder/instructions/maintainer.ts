/** `MAINTAINER name`: who the image is from. A label has taken its place. */
import type { MaintainerInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const maintainer: Perform<MaintainerInstruction> = ({ config }, { maintainer: author }) => ({
  says: nop(config, ` MAINTAINER ${author}`),
});
