/**
 * `resize`: how large a client's terminal is now.
 */
import { DrydockError } from '../errors.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';

/** Throws CONFLICT for a container that does not run. One without a terminal has no size, and that is no error. */
export async function resizeContainer(engine: Engine, name: string, rows: number, columns: number): Promise<void> {
  const { record, vessel } = engine.containers.find(name);
  if (!vessel) throw new DrydockError('CONFLICT', `Container ${record.Id} is not running`);
  if (record.Config.Tty) await vessel.resize(rows, columns);
  const attributes = attributesOf(record, { height: String(rows), width: String(columns) });
  engine.events.emit('container', 'resize', record.Id, attributes);
}
