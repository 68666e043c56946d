/** `ARG name[=value]`: a variable of the build, which `--build-arg` may set. The image does not keep it. */
import type { ArgInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const arg: Perform<ArgInstruction> = ({ config, scope }, { args }) => {
  for (const { name, value } of args) scope.name(name, value);
  const text = args.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join(' ');
  return { says: nop(config, ` ARG ${text}`) };
};
