/** The client that the options before a verb ask for. */
import { Client } from '../../client/client.ts';
import { endpointOf, namedAddress } from '../../client/endpoint.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';
import type { Values } from './flags.ts';
import type { globals } from './globals.ts';

export type Globals = Values<typeof globals>;

export function clientOf(values: Globals): Client {
  if (values.host.length > 1) throw new CommandFailure('Specify only one -H');
  const [host] = values.host;
  const { tls, tlsverify, tlscacert, tlscert, tlskey } = values;
  const wishes = { tls, tlsverify: tlsverify || undefined, tlscacert, tlscert, tlskey };
  if (values.config) process.env.DOCKER_CONFIG = values.config;
  try {
    const client = new Client(endpointOf(host, wishes));
    client.isAlone = true;
    if (namedAddress(host) === undefined) client.revive = startEngine;
    return client;
  } catch (error) {
    throw new CommandFailure(`Failed to initialize: unable to resolve docker endpoint: ${sentenceOf(error)}`, 1, error);
  }
}

/** An engine is started by the first command that finds none, if it is ours to start. */
async function startEngine(): Promise<void> {
  const { startEngine: start } = await import('../../start/on-demand.ts');
  await start({ run: process.env.DRYDOCK_RUN || '/run/drydock' });
}
