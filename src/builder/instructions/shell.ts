/** `SHELL ["program", "words"…]`: who reads the shell form of RUN, CMD and ENTRYPOINT from here on. */
import type { ShellInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const shell: Perform<ShellInstruction> = ({ config }, { words }) => {
  const after = { ...config, Shell: [...words] };
  return { config: after, says: nop(after, ` SHELL [${words.join(' ')}]`), also: words };
};
