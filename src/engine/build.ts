/**
 * `build`: how the builder runs programs, and how it gets images that are not here.
 *
 * A program of a build is a container of which nobody ever hears: it has a folder, layers and a claim on its networks like any
 * other, and no container.json. So there is nothing to write down and to remove again for each RUN; and whoever is killed in the
 * middle leaves what a `create` that was cut off leaves, a folder without a record, which the next engine takes away with
 * everything that is in it (reconcile.ts).
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Surroundings } from '../builder/build.ts';
import type { BuildEvent, BuildRequest, Executor, Program, Ran } from '../builder/builder.ts';
import type { Digest } from '../content/digest.ts';
import { makeLayers } from '../images/init-layer.ts';
import type { OnProgress } from '../images/images.ts';
import { parsePlatform } from '../images/platform.ts';
import { pull } from '../images/pull.ts';
import { accountOf } from '../images/spec.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { parseReference, withDefaultTag } from '../registry/reference.ts';
import type { RegistryOptions } from '../registry/registry.ts';
import type { Mount, Spec } from '../runtime/config.ts';
import { create, start } from '../runtime/container.ts';
import type { AnyIsolator } from '../runtime/isolators/index.ts';
import { withMounted } from '../snapshots/mount.ts';
import { remove } from '../runtime/remove.ts';
import { stateDir } from '../runtime/state.ts';
import { VesselClient } from '../runtime/vessel-client.ts';
import { VESSEL } from './attach.ts';
import { secretsIn } from './build-clear.ts';
import { makeFoldersIn, makeMountPoints, missingIn } from './build-mounts.ts';
import { Client } from './client.ts';
import { Container } from './container.ts';
import { recordOf } from './create.ts';
import { forget } from './destroy.ts';
import type { Engine } from './engine.ts';
import { joinable } from './joinable.ts';
import { ensureLab, isLab } from './lab.ts';
import { joinNetworks, stackToRelease, stackWith } from './network.ts';
import { fileMounts } from './own-files.ts';
import { containersFolder, folderOf } from './record.ts';
import { inDockersWords } from './refusal.ts';
import { layers, rootfsOf } from './rootfs.ts';
import { specFor } from './spec/spec.ts';
import type { HostConfig } from './types.ts';

export interface BuildOptions {
  /** Limits and networks of the programs that are run. */
  readonly host: HostConfig;
  readonly registry: RegistryOptions;
  readonly tell: (event: BuildEvent) => PromiseLike<void> | void;
  /** Of a base image that is fetched. */
  readonly onProgress: OnProgress;
}

/** Builds an image, and tells the events that Docker tells of it. */
export async function buildImage(engine: Engine, request: BuildRequest, options: BuildOptions): Promise<Digest> {
  const secretsFolder = secretsIn(engine.run);
  makeFolders(secretsFolder, 0o700);
  const around: Surroundings = {
    ...{ store: engine.store, secretsFolder, tell: options.tell },
    executor: executorOf(engine, options),
  };
  const id = await build(around, request);
  for (const name of request.tags ?? []) engine.events.emit('image', 'tag', id, { name });
  return id;
}

function executorOf(engine: Engine, { host, registry, onProgress }: BuildOptions): Executor {
  return {
    run: (program) => run(engine, host, program),
    async pull(name, platform, signal) {
      if (isLab(name)) return void (await ensureLab(engine.store));
      const wanted = platform ? parsePlatform(platform) : undefined;
      const reference = withDefaultTag(parseReference(name));
      await pull(engine.store, reference, { registry, platform: wanted, onProgress, signal });
    },
  };
}

async function run(engine: Engine, host: HostConfig, program: Program): Promise<Ran> {
  const id = randomBytes(32).toString('hex');
  const container = containerFor(engine, host, program, id);
  const { folder } = container;
  const gone = (): Promise<void> => forget(engine, folder, id);
  makeFolders(containersFolder(engine.root), 0o700);
  mkdirSync(folder, { mode: 0o700 });
  try {
    mkdirSync(rootfsOf(folder), { mode: 0o755 });
    let missing: string[] = [];
    const scratch = join(folder, 'init');
    const { mounts } = await makeLayers(engine.store, program.state, {
      ...{ id, scratch },
      look(tree) {
        container.record.Account = accountOf({}, { user: program.config.User }, tree);
        missing = missingIn(tree, Object.keys(program.config.Volumes ?? {}));
        makeMountPoints(tree, program.mounts);
      },
    });
    // As with Docker, places of volumes are there from the first program on, and stay; what is written there stays, too.
    if (missing.length > 0) await withMounted(mounts, scratch, (tree) => makeFoldersIn(tree, missing));
    const status = await live(engine, container, program);
    return { status, snapshot: id, [Symbol.asyncDispose]: gone };
  } catch (error) {
    await gone();
    throw error;
  }
}

/** A record that is never written. */
function containerFor(engine: Engine, host: HostConfig, program: Program, id: string): Container {
  const { config, args, env, network, state } = program;
  const request = {
    ...{ Image: state.id ?? '', Entrypoint: [''], Cmd: [...args], Env: [...env] },
    ...{ User: config.User, WorkingDir: config.WorkingDir },
    HostConfig: { ...host, NetworkMode: network ?? host.NetworkMode },
  };
  // Everything of the image that counts is in the request; its volumes, ports and health are for containers that stay.
  const image = { id: state.id ?? ('' as Digest), config: { ...state.config, config: {} } };
  const record = recordOf(engine, request, image, { id, name: `build-${id.slice(0, 12)}` });
  return new Container(record, folderOf(engine.root, id));
}

/** Its networks are joined, and everything that it will see is in its config. */
async function prepare(
  engine: Engine,
  container: Container,
  mounts: readonly Mount[],
): Promise<{ spec: Spec; stack: AnyIsolator[] }> {
  const { record, folder, id } = container;
  const joining = await joinNetworks(engine, container);
  try {
    const spec = specFor(record, {
      ...{ rootfs: rootfsOf(folder), environment: joining.environment },
      mounts: [...fileMounts(folder), ...mounts],
      pidOf: (name) => joinable(engine, name).record.State.Pid,
    });
    const files = layers(rootfsOf(folder), await engine.store.snapshots.mounts(id));
    return { spec, stack: stackWith(files, joining.isolator) };
  } catch (error) {
    joining.abandon();
    throw error;
  }
}

/** From its start to its end; everything that it held of the host is given back. */
async function live(
  engine: Engine,
  container: Container,
  { mounts, started, output, signal }: Program,
): Promise<number> {
  const { record, folder, id } = container;
  const { spec, stack } = await prepare(engine, container, mounts);
  const { run } = engine;
  try {
    signal.throwIfAborted();
    const vessel = { name: VESSEL, hold: true };
    const created = await create({ ...{ id, run, spec, vessel }, bundle: folder, isolators: stack });
    void created.wait(); // The vessel is our child, and somebody has to reap it.
    started(id);
    const place = stateDir(run, id);
    const owner = await VesselClient.connect(place, VESSEL);
    const client = new Client({ stdout: true, stderr: true }, { write: output }, false);
    await client.join(place, VESSEL);
    await start(run, id, stack);
    const ending = await Promise.race([
      Promise.all([owner.ended, client.ended]).then(([end]) => end),
      untilAborted(signal),
    ]);
    owner.close();
    client.close();
    signal.throwIfAborted();
    return ending?.status ?? 137;
  } catch (error) {
    throw inDockersWords(error, 'create', record.Path);
  } finally {
    await remove(run, id, { force: true }, stackToRelease(engine, folder));
  }
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
