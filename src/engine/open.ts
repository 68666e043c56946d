/**
 * The engine, opened: the store, everything that is on record, and what has become of it meanwhile.
 */
import { DrydockError } from '../errors.ts';
import { openStore } from '../images/store.ts';
import { makeFolders } from '../linux/make-folders.ts';
import type { NetworkOptions } from '../network/networks.ts';
import { closeNetworks, openNetworks } from '../network/open.ts';
import { Container } from './container.ts';
import { Containers } from './containers.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { Events } from './events.ts';
import { folderOf, listIds, readRecord } from './record.ts';
import { brokenRecord } from './broken.ts';
import { watchHealth } from './health.ts';
import { reconcile } from './reconcile.ts';
import { clearBuilds } from './build-clear.ts';
import { clearTrees } from './trees.ts';
import { openVolumes } from './volumes/volumes.ts';

/** Throws DRIVER_UNSUPPORTED. One engine works on a root at a time; whoever opens it has made sure (src/api). */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { root, run, driver } = options;
  // What is in an image may be setuid and have known holes: no other user gets there (CVE-2021-41091).
  makeFolders(root, 0o700);
  makeFolders(run, 0o700);
  const store = await openStore(root, { driver });
  const containers = new Containers();
  const events = new Events();
  let stopWatching = async (): Promise<void> => undefined;
  const engine: Engine = {
    ...{ options, root, run, store, containers, events },
    networks: openNetworks({ root, run, options: networkOptions(options) }),
    volumes: openVolumes({ root, containers, events }),
    close: async () => {
      await stopWatching();
      await close(engine);
    },
  };
  clearTrees(run);
  clearBuilds(root, run);
  for (const id of listIds(root)) load(engine, id);
  await reconcile(engine);
  stopWatching = watchHealth(engine);
  return engine;
}

/** Asked again each time: a SIGHUP may have changed what they say of names. */
const networkOptions = (options: EngineOptions): NetworkOptions => ({
  bridge: options.bridge,
  bridgeAddress: options.bip,
  mtu: options.mtu,
  pools: options.pools,
  userlandProxy: options.userlandProxy,
  get dns() {
    return options.dns;
  },
  get dnsSearch() {
    return options.dnsSearch;
  },
  get dnsOptions() {
    return options.dnsOptions;
  },
});

function load({ root, containers }: Engine, id: string): void {
  const folder = folderOf(root, id);
  try {
    const record = readRecord(folder);
    if (record) containers.adopt(new Container(record, folder));
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'STATE_BROKEN') throw error;
    containers.adopt(new Container(brokenRecord(id, error.message), folder, error.message));
  }
}

async function close({ containers, networks, store }: Engine): Promise<void> {
  for (const container of containers.all()) {
    clearTimeout(container.restart);
    await container.alone(() => {
      const { vessel } = container;
      container.vessel = undefined;
      vessel?.close();
      for (const client of [...container.clients]) client.close();
      for (const { vessel: own } of container.execs.values()) own?.close();
    });
  }
  await closeNetworks(networks);
  await store.snapshots.close();
}
