/**
 * `commit`: an image of what a container has changed, on the image that it was made of.
 *
 * A container that runs is paused meanwhile, unless that is not wanted: a file that is written to while it is read is
 * neither the old one nor the new one.
 */
import { commitContainer as commitSnapshot } from '../images/commit.ts';
import type { RunConfig } from '../images/config.ts';
import { tagName } from '../images/tag.ts';
import type { Digest } from '../content/digest.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { standingStill } from './stand-still.ts';
import type { ContainerConfig } from './types.ts';

export interface CommitWanted {
  /** Default: no name. */
  readonly repo?: string;
  readonly tag?: string;
  readonly comment?: string;
  readonly author?: string;
  /** Instructions of a Dockerfile: `CMD ["sh"]`. */
  readonly changes?: readonly string[];
  /** Default: yes. */
  readonly pause?: boolean;
  /** In place of the container's, where it says something. */
  readonly config?: Partial<ContainerConfig>;
}

/** Throws NO_SUCH_CONTAINER, REFERENCE_INVALID, BAD_USAGE for a change that is none. */
export async function commitContainer(
  engine: Engine,
  name: string,
  wanted: CommitWanted = {},
): Promise<{ Id: Digest }> {
  const container = engine.containers.find(name);
  const tags = wanted.repo ? [tagName(wanted.tag ? `${wanted.repo}:${wanted.tag}` : wanted.repo)] : [];
  const { record } = container;
  container.demandWhole();
  const Id = await container.aloneIfThere(() => {
    const commit = (): Promise<Digest> =>
      commitSnapshot(engine.store, {
        snapshot: record.Id,
        image: record.Image as Digest,
        config: runConfigOf({ ...record.Config, ...wanted.config }),
        tags,
        changes: wanted.changes,
        author: wanted.author,
        message: wanted.comment,
      });
    const { Pid, Paused } = record.State;
    const moves = Pid > 0 && !Paused;
    return moves && (wanted.pause ?? true) ? standingStill(engine.run, record.Id, commit) : commit();
  });
  const facts = { comment: wanted.comment ?? '', imageID: Id, imageRef: tags[0] ?? '' };
  engine.events.emit('container', 'commit', record.Id, attributesOf(record, facts));
  for (const tag of tags) engine.events.emit('image', 'tag', Id, { name: tag });
  return { Id };
}

/** What an image may say of itself: nothing of this container's name, streams or machine. */
function runConfigOf(config: Partial<ContainerConfig>): RunConfig {
  const kept = [
    ...(['User', 'Env', 'Entrypoint', 'Cmd', 'WorkingDir', 'Volumes', 'ExposedPorts', 'Labels'] as const),
    ...(['StopSignal', 'Healthcheck', 'OnBuild', 'Shell'] as const),
  ];
  return Object.fromEntries(kept.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])));
}
