/** `EXPOSE port[/protocol]…`: where a container will listen. It opens nothing; `run -P` publishes these. */
import { DrydockError } from '../../errors.ts';
import { EXPOSED_FORM, exposedPorts } from '../../images/exposed.ts';
import type { ExposeInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const expose: Perform<ExposeInstruction> = ({ config }, { ports }) => {
  const names = ports.flatMap(namesOf);
  return {
    config: {
      ...config,
      ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(names.map((name) => [name, {}])) },
    },
    says: nop(config, ` EXPOSE ${ports.join(' ')}`),
  };
};

function namesOf(text: string): string[] {
  const names = exposedPorts(text);
  if (names) return names;
  throw new DrydockError('INSTRUCTION_FAILED', `Invalid containerPort: ${text}`, { hint: EXPOSED_FORM });
}
