/**
 * `attach`: a client's own streams become those of the container's first process.
 *
 * A container that does not run yet has clients too: `docker run` attaches before it starts, so that the first byte is
 * not missed. They are connected between the runtime's create and start, when the vessel is there and the program is not.
 */
import { DrydockError } from '../errors.ts';
import { stateDir } from '../runtime/state.ts';
import { Client } from './client.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import type { Attachment, AttachWanted, Engine, Sink } from './engine.ts';
import { containerLogs } from './logs.ts';

/** The name that a container's first vessel has in its folder. */
export const VESSEL = 'shim';

/** Attaches a client. Throws NO_SUCH_CONTAINER, and CONFLICT for a container that is paused. */
export async function attachContainer(
  engine: Engine,
  name: string,
  wanted: AttachWanted,
  sink: Sink,
): Promise<Attachment> {
  const container = engine.containers.find(name);
  const { Config, State } = container.record;
  if (State.Paused)
    throw new DrydockError('CONFLICT', `Container ${name} is paused, unpause the container before attach.`);
  const client: Client = new Client(wanted, sink, Config.StdinOnce === true && !Config.Tty, {
    gone: () => container.clients.delete(client),
  });
  if (wanted.logs) await showPast(engine, container, wanted, client);
  engine.events.emit('container', 'attach', container.id, attributesOf(container.record));
  if (wanted.stream === false) client.finish();
  else await container.aloneIfThere(() => enter(engine, container, client));
  return client;
}

async function enter(engine: Engine, container: Container, client: Client): Promise<void> {
  container.clients.add(client);
  if (!container.record.State.Pid) return;
  try {
    await client.join(stateDir(engine.run, container.id), VESSEL);
  } catch (error) {
    // It has ended between the look and the call: there is nothing more to hear.
    if (!(error instanceof DrydockError) || error.code !== 'WRONG_STATE') throw error;
    client.finish();
  }
}

async function showPast(
  engine: Engine,
  { id }: Container,
  { stdout, stderr }: AttachWanted,
  client: Client,
): Promise<void> {
  for await (const { stream, bytes } of containerLogs(engine, id, { stdout, stderr })) client.pass(stream, bytes);
}
