/** `/networks`. */
import { connectContainer, disconnectContainer } from '../../engine/connect.ts';
import type { Engine } from '../../engine/engine.ts';
import { pruneTest } from '../../engine/prune-test.ts';
import { createNetwork } from '../../network/create.ts';
import { inspectNetwork, listNetworks } from '../../network/list.ts';
import type { Network } from '../../network/networks.ts';
import { pruneNetworks, removeNetwork } from '../../network/remove.ts';
import { isOlder } from '../admit.ts';
import { route, type Route } from '../api.ts';
import { created, empty, json } from '../reply.ts';
import { connectRequest, disconnectRequest, networkRequest } from '../schemas/networks.ts';

export const networks: readonly Route[] = [
  route('GET /networks', ({ query, version }, { networks: all }) => {
    const listed = listNetworks(all, query.filters());
    // Up to 1.27 the list told of the members, too (moby, getNetworksList).
    return json(isOlder(version, '1.28') ? listed.map(({ Id }) => inspectNetwork(all, Id)) : listed);
  }),
  route('POST /networks/create', async (call, engine) => {
    const request = await call.json(networkRequest);
    const made = createNetwork(engine.networks, request);
    engine.events.emit('network', 'create', made.Id, { name: request.Name, type: request.Driver || 'bridge' });
    return created(made);
  }),
  route('POST /networks/prune', ({ query }, engine) => {
    const [fits, isWanted] = [pruneTest(query.filters()), isWantedOf(engine)];
    const stays = (one: Network): boolean => !fits(one.labels, one.created) || isWanted(one);
    const gone = pruneNetworks(engine.networks, stays);
    for (const network of gone) tellGone(engine, network);
    return json({ NetworksDeleted: gone.length > 0 ? gone.map(({ name }) => name) : null });
  }),
  route('GET /networks/{name}', ({ name }, engine) => json(inspectNetwork(engine.networks, name))),
  route('POST /networks/{name}/connect', async (call, engine) => {
    const { Container, EndpointConfig } = await call.json(connectRequest);
    await connectContainer(engine, call.name, Container, EndpointConfig);
    return empty(200);
  }),
  route('POST /networks/{name}/disconnect', async (call, engine) => {
    const { Container, Force } = await call.json(disconnectRequest);
    await disconnectContainer(engine, call.name, Container, Force);
    return empty(200);
  }),
  route('DELETE /networks/{name}', ({ name }, engine) => {
    tellGone(engine, removeNetwork(engine.networks, name));
    return empty();
  }),
];

/** A container that has ended keeps its networks. */
const isWantedOf =
  ({ containers }: Engine) =>
  ({ name }: Network): boolean =>
    containers.all().some(({ record }) => name in record.NetworkSettings.Networks);

function tellGone({ events }: Engine, { id, name, driver }: Network): void {
  events.emit('network', 'destroy', id, { name, type: driver });
}
