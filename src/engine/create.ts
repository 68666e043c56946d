/**
 * `create`: a container that is not started yet.
 *
 *     name taken ──▶ folder ──▶ volumes ──▶ layers, user looked up, copy-up ──▶ container.json ──▶ answer
 *
 * What cannot be obeyed is refused here and not at the start: the spec is made once to see. Whoever is killed before
 * container.json leaves a folder without one, which the next engine takes away with its layers.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Platform } from '../content/descriptor.ts';
import { DrydockError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import { makeLayers } from '../images/init-layer.ts';
import type { Image } from '../images/images.ts';
import { demandPlatform, hostPlatform, platformText, runsOn } from '../images/platform.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { wantedPorts } from '../network/ports.ts';
import { findAccount } from '../runtime/account.ts';
import { attributesOf } from './attributes.ts';
import { Container } from './container.ts';
import { configOf, hostConfigOf, programOf } from './defaults.ts';
import { refuseRequest, refuseWhatCannotBe } from './demands.ts';
import { forget } from './destroy.ts';
import type { Engine } from './engine.ts';
import { failpoint } from './failpoint.ts';
import { ensureLab, isLab } from './lab.ts';
import { checkName, freshName } from './names.ts';
import { checkLinks, networksOf } from './network.ts';
import { containersFolder, folderOf } from './record.ts';
import { makingOf, rootfsOf } from './rootfs.ts';
import { specFor } from './spec/spec.ts';
import { created } from './states.ts';
import type { ContainerRecord, CreateAnswer, CreateRequest, HostConfig } from './types.ts';

/**
 * Throws IMAGE_MISSING, PLATFORM_MISSING, NAME_IN_USE and its like, and BAD_USAGE for what nobody can obey.
 * An image for another platform than this machine's is taken with a warning, unless somebody has asked for one.
 */
export async function createContainer(
  engine: Engine,
  request: CreateRequest,
  name?: string,
  platform?: Platform,
): Promise<CreateAnswer> {
  const { containers, store } = engine;
  refuseRequest(request);
  if (isLab(request.Image)) await ensureLab(store);
  const image = await findImage(store, request.Image);
  if (platform) demandPlatform(image.config, platform, request.Image);
  const id = randomBytes(32).toString('hex');
  const own = name ? checkName(name) : freshName((one) => containers.hasName(one));
  containers.takeName(own, id);
  try {
    const record = recordOf(engine, request, image, { id, name: own });
    const container = new Container(record, folderOf(engine.root, id));
    await make(engine, container, image);
    containers.add(container);
    engine.events.emit('container', 'create', id, attributesOf(record));
    return { Id: id, Warnings: [...(platform ? [] : platformWarnings(image)), ...doubtful(record.HostConfig)] };
  } catch (error) {
    containers.freeName(own);
    throw notTheImage(error);
  }
}

/** What else is missing is wrong in the request: docker's command line takes each "not found" for the image's, and pulls. */
function notTheImage(error: unknown): unknown {
  if (!(error instanceof DrydockError) || !['NO_SUCH_CONTAINER', 'NO_SUCH_NETWORK'].includes(error.code)) return error;
  return new DrydockError('BAD_USAGE', error.message, { hint: error.hint, cause: error });
}

/** In Docker's words. It is tried all the same: somebody may have told the kernel how to run it (binfmt_misc). */
function platformWarnings({ config }: Image): string[] {
  const host = hostPlatform();
  if (runsOn(config, host)) return [];
  return [
    `The requested image's platform (${platformText(config)}) does not match the detected host platform ` +
      `(${platformText(host)}) and no specific platform was requested`,
  ];
}

/**
 * Limits that no kernel of today has by themselves (memory.kmem.limit_in_bytes, until Linux 5.4), ports of nobody, and what
 * may take all memory. The sentences are Docker's.
 */
function doubtful({
  KernelMemory,
  KernelMemoryTCP,
  Memory,
  OomKillDisable,
  NetworkMode,
  PortBindings = {},
}: HostConfig): string[] {
  const limit =
    'Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.';
  const ports = 'Published ports are discarded when using host network mode';
  const endless =
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.';
  return [
    ...(OomKillDisable && !Memory ? [endless] : []),
    ...(KernelMemory || KernelMemoryTCP ? [limit] : []),
    ...(NetworkMode === 'host' && Object.keys(PortBindings).length > 0 ? [ports] : []),
  ];
}

/** What the request asks for, over what the image says. */
export function recordOf(
  engine: Engine,
  request: CreateRequest,
  image: Pick<Image, 'id' | 'config'>,
  { id, name }: { id: string; name: string },
): ContainerRecord {
  const { HostConfig: host = {}, NetworkingConfig, ...asked } = request;
  const HostConfig = hostConfigOf(engine.options, host);
  const ofImage = image.config.config ?? {};
  const Config = configOf(ofImage, asked, HostConfig, id);
  const [Path = '', ...Args] = programOf(ofImage, asked);
  const record: ContainerRecord = {
    Id: id,
    Name: name,
    Created: new Date().toISOString(),
    Image: image.id,
    Path,
    Args,
    Config,
    HostConfig,
    Driver: engine.store.snapshots.driver,
    Account: { uid: 0, gid: 0, additionalGids: [], home: '/' },
    State: { ...created },
    RestartCount: 0,
    StoppedByHand: false,
    Mounts: [],
    NetworkSettings: { Networks: {} },
  };
  record.NetworkSettings = networksOf(engine, record, NetworkingConfig?.EndpointsConfig);
  return record;
}

/** Its folder with everything in it; nothing is left when that fails. */
async function make(engine: Engine, container: Container, image: Image): Promise<void> {
  const { record, folder, id } = container;
  refuseWhatCannotBe(record);
  wantedPorts(record);
  checkLinks(engine, record);
  specFor(record, { rootfs: rootfsOf(folder), mounts: [], pidOf: () => process.pid });
  makeFolders(containersFolder(engine.root), 0o700);
  mkdirSync(folder, { mode: 0o700 });
  try {
    failpoint('create:folder');
    mkdirSync(rootfsOf(folder), { mode: 0o755 });
    record.Mounts = await engine.volumes.resolve(record);
    await makeLayers(engine.store, image, {
      id,
      scratch: makingOf(folder),
      look: (tree) => {
        failpoint('create:mounted');
        record.Account = findAccount(record.Config.User || undefined, tree, record.HostConfig.GroupAdd);
        return engine.volumes.fill(record, tree);
      },
    });
    failpoint('create:layers');
    await container.save();
    failpoint('create:saved');
  } catch (error) {
    await engine.volumes.release(record, true);
    await forget(engine, folder, id);
    throw error;
  }
}
