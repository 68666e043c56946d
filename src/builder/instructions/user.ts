/** `USER name[:group]`: who programs run as from here on. Whether there is such a user is asked when one is run. */
import type { UserInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const user: Perform<UserInstruction> = ({ config }, { user: User }) => ({
  config: { ...config, User },
  says: nop(config, ` USER ${User}`),
});
