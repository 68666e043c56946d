/**
 * From the config of an image to the config of a container: what `docker run` makes of Env, Cmd, Entrypoint, User,
 * WorkingDir, Volumes and StopSignal, with what the person has asked for in their place.
 *
 * The image comes from strangers, so it decides only what happens inside the container: which program, as which of its
 * users, in which of its directories. Nothing of it becomes a path of the host, a hook, a limit, or an annotation that our
 * runtime reads; its labels are text for people (CVE-2026-53488).
 *
 * OCI image specification, conversion.md; Docker's daemon/commit.go (`merge`) for which of two wins.
 */
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { Features } from '../linux/features.ts';
import { findAccount, type Account } from '../runtime/account.ts';
import { defaultSpec } from '../runtime/default-spec.ts';
import type { Mount, Spec } from '../runtime/spec.ts';
import type { RunConfig } from './config.ts';

/** What the person asked for; what is absent is the image's to say. */
export interface Asked {
  /** Program and words behind the image's name. */
  readonly args?: readonly string[];
  /** In place of the image's entrypoint, and then its Cmd does not count either; an empty text is none at all. */
  readonly entrypoint?: string;
  /** `NAME=value`, or `NAME` alone to have it away. */
  readonly env?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly hostname: string;
  readonly terminal: boolean;
}

/** Where the container's own files lie on the host, and who it is in them. */
export interface Places {
  /** Its root file system. */
  readonly rootfs: string;
  /** The user, looked up in there (`accountOf`). */
  readonly account: Account;
  /** Volumes by their place inside, and files of the engine's (`/etc/hosts`). */
  readonly binds: Readonly<Record<string, string>>;
}

/** Who the program runs as, by the files of a tree. Throws BAD_USAGE for a user that is not in there. */
export function accountOf(image: RunConfig, { user }: Pick<Asked, 'user'>, tree: string): Account {
  return findAccount(user || image.User || undefined, tree);
}

/** The whole spec of a container from an image. */
export function imageSpec(image: RunConfig, asked: Asked, places: Places, features: Features): Spec {
  const { rootfs, binds, account } = places;
  const { uid, gid, additionalGids, home } = account;
  const spec = defaultSpec(
    {
      args: commandOf(image, asked),
      root: rootfs,
      hostname: asked.hostname,
      terminal: asked.terminal,
      cwd: directoryOf(image, asked),
      user: { uid, gid, additionalGids },
    },
    features,
  );
  const ours = [...(spec.process.env ?? []), `HOSTNAME=${asked.hostname}`, `HOME=${home}`];
  spec.process.env = environmentOf(ours, image, asked);
  spec.mounts = [...(spec.mounts ?? []), ...Object.entries(binds).map(bind)];
  if (image.StopSignal) spec.annotations = { 'org.opencontainers.image.stopSignal': image.StopSignal };
  return spec;
}

/**
 * The program and its words. Who gives another program keeps the image's entrypoint in front of it; who gives another
 * entrypoint does not get the image's Cmd behind it, which was meant for the old one.
 */
export function commandOf(image: RunConfig, { args = [], entrypoint }: Pick<Asked, 'args' | 'entrypoint'>): string[] {
  const isReplaced = entrypoint !== undefined;
  const front = isReplaced ? [entrypoint].filter((program) => program !== '') : (image.Entrypoint ?? []);
  const words = args.length > 0 || isReplaced ? args : (image.Cmd ?? []);
  const command = [...front, ...words];
  if (command.length > 0) return command;
  throw new DrydockError('BAD_USAGE', 'No command specified', {
    hint: 'the image names none: give one behind its name',
  });
}

/** Each name once: ours, over them the image's, over them the person's. A name without `=` takes the variable away. */
export function environmentOf(
  ours: readonly string[],
  image: Pick<RunConfig, 'Env'>,
  asked: Pick<Asked, 'env'>,
): string[] {
  const entries = new Map<string, string>();
  for (const entry of [...ours, ...(image.Env ?? []), ...(asked.env ?? [])]) {
    const [name = ''] = entry.split('=', 1);
    if (name === '') continue;
    if (entry.includes('=')) entries.set(name, entry);
    else entries.delete(name);
  }
  return [...entries.values()];
}

/** Where the program starts, as an absolute path inside. */
export function directoryOf({ WorkingDir }: RunConfig, { workdir }: Pick<Asked, 'workdir'>): string {
  return posix.resolve('/', workdir ?? WorkingDir ?? '/');
}

function bind([destination, source]: [string, string]): Mount {
  return { destination, type: 'bind', source, options: ['rbind', 'rw', 'rprivate'] };
}
