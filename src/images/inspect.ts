/** `inspect`: everything about one image, in the shape of Docker's API (GET /images/NAME/json). */
import { findImage } from './find.ts';
import type { Store } from './images.ts';
import { sizeOf } from './list.ts';
import { shown } from './names.ts';

/** Docker's JSON has every field of a config, also those of which an image says nothing (moby 20.10, api/types/container). */
const unsaid: Readonly<Record<string, unknown>> = {
  ...{ Hostname: '', Domainname: '', User: '', AttachStdin: false, AttachStdout: false, AttachStderr: false },
  ...{ Tty: false, OpenStdin: false, StdinOnce: false, Env: null, Cmd: null, Image: '', Volumes: null },
  ...{ WorkingDir: '', Entrypoint: null, OnBuild: null, Labels: null },
};

/** Throws IMAGE_MISSING. */
export async function inspectImage(store: Store, text: string): Promise<Record<string, unknown>> {
  const { id, config, tags, digests, parent } = await findImage(store, text);
  const data = store.db.read();
  const size = sizeOf(data, config);
  const last = config.history?.at(-1);
  const configShown = { ...unsaid, ...config.config };
  return {
    Id: id,
    RepoTags: tags.map(shown),
    RepoDigests: digests.map(shown),
    Parent: parent ?? '',
    Comment: last?.comment ?? '',
    Created: config.created ?? '',
    Container: '',
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: configShown,
    // Gone from Docker's API since 1.45; docker-compose 1.29 looks into it when it makes a container anew.
    ContainerConfig: configShown,
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: { Name: store.snapshots.driver, Data: null },
    RootFS: { Type: 'layers', ...(config.rootfs.diff_ids.length > 0 && { Layers: config.rootfs.diff_ids }) },
    Metadata: { LastTagTime: data.images[id]?.tagged ?? '0001-01-01T00:00:00Z' },
  };
}
