/** `EXPOSE port[/protocol]…`: where a container will listen. It opens nothing; `run -P` publishes these. */
import { DrydockError } from '../../errors.ts';
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

/** `8000-8002/udp` is three. An address and a port of the host may stand before it, as with `run -p`, and mean nothing. */
function namesOf(text: string): string[] {
  const port = text.replace(/^(([\d.]+|\[[\da-f:]+\]):)?(\d{1,5}(-\d{1,5})?)?:/i, '');
  const [, first, last, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(port) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (!(from >= 1 && to >= from && to <= 65535))
    throw new DrydockError('INSTRUCTION_FAILED', `Invalid containerPort: ${text}`, {
      hint: 'as in 80, 53/udp or 8000-8010; a port is 1 to 65535',
    });
  return Array.from({ length: to - from + 1 }, (_, i) => `${from + i}/${protocol.toLowerCase()}`);
}
