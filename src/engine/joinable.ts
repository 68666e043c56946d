/** Another container whose namespaces somebody wants to share: `--net container:…`, and `--pid` and `--ipc` the same. */
import { DrydockError } from '../errors.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';

/** Throws NO_SUCH_CONTAINER, and CONFLICT for one that does not run: it has none. */
export function joinable({ containers }: Pick<Engine, 'containers'>, name: string): Container {
  const container = containers.find(name);
  if (container.record.State.Pid) return container;
  throw new DrydockError('CONFLICT', `cannot join the namespaces of a non running container: ${container.id}`);
}
