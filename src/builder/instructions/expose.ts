/** `EXPOSE port[/protocol]…`: where a container will listen. It opens nothing; `run -P` publishes these. */
import { DrydockError } from '../../errors.ts';
import { EXPOSED_FORM, ExposedPorts } from '../../images/exposed.ts';
import type { ExposeInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const expose: Perform<ExposeInstruction> = ({ config }, { ports }) => {
  const exposed = new ExposedPorts();
  for (const text of ports)
    if (!exposed.add(text))
      throw new DrydockError('INSTRUCTION_FAILED', `Invalid containerPort: ${text}`, { hint: EXPOSED_FORM });
  return {
    config: { ...config, ExposedPorts: { ...config.ExposedPorts, ...exposed.all() } },
    says: nop(config, ` EXPOSE ${ports.join(' ')}`),
  };
};
