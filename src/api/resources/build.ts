/**
 * `/build`: an archive comes in, and lines go out while it becomes an image (src/builder/).
 *
 * Docker's clients see a stream of text with the steps in the order of the file. With `events=1`, which is ours, it is what
 * happens, as it happens: for a view that shows stages side by side.
 */
import type { Engine } from '../../engine/engine.ts';
import { buildImage } from '../../engine/build.ts';
import { pruneBuilds } from '../../engine/build-prune.ts';
import { DrydockError } from '../../errors.ts';
import { hexOf } from '../../content/digest.ts';
import type { BuildEvent } from '../../builder/builder.ts';
import { Transcript } from '../../builder/transcript.ts';
import { tagName } from '../../images/tag.ts';
import { familiar, parseReference } from '../../registry/reference.ts';
import { route, type Reply, type Route } from '../api.ts';
import { buildHost, buildRequest } from '../build-request.ts';
import type { Call } from '../call.ts';
import { credentialsForAll } from '../registry-auth.ts';
import { json, progress } from '../reply.ts';

export const build: readonly Route[] = [
  route('POST /build', (call, engine) => built(call, engine)),
  route('POST /build/prune', async ({ query }, engine) => {
    // Nobody writes down when a state was last taken, so what could go first is not known.
    // The last three by clients since API 1.48.
    const room = ['keep-storage', 'reserved-space', 'max-used-space', 'min-free-space'].find((key) =>
      query.number(key),
    );
    if (room !== undefined)
      throw new DrydockError('UNSUPPORTED', `builder prune: ${room} is not there`, {
        hint: 'the filter until=24h keeps what is younger',
      });
    return json(await pruneBuilds(engine, query.filters(), query.flag('all')));
  }),
];

async function built(call: Call, engine: Engine): Promise<Reply> {
  const { query, surroundings } = call;
  const tags = query.list('t').map(tagName);
  const request = await buildRequest(call, tags);
  const host = buildHost(query);
  const registry = { ...surroundings.registry, credentials: credentialsForAll(call) };
  const isQuiet = query.flag('q');
  const isStructured = query.flag('events');
  return progress(async (tell) => {
    let room: PromiseLike<void> | undefined;
    const kept = new Tail();
    const say = (stream: string): void => {
      if (isQuiet) kept.push(stream);
      else room = tell({ stream });
    };
    const transcript = new Transcript(say);
    const shown = (event: BuildEvent): PromiseLike<void> | undefined => {
      if (isStructured) return tell({ build: plain(event) });
      transcript.push(event);
      return room;
    };
    try {
      const id = await buildImage(engine, request, {
        ...{ host, registry },
        tell: shown,
        onProgress: (line) => void (isQuiet || tell(line)),
      });
      transcript.finish();
      if (isQuiet) return void tell({ stream: `${id}\n` });
      tell({ aux: { ID: id } });
      say(`Successfully built ${hexOf(id).slice(0, 12)}\n`);
      for (const tag of tags) say(`Successfully tagged ${familiar(parseReference(tag))}\n`);
    } catch (error) {
      transcript.finish();
      // As with Docker: who wanted to hear nothing hears all of it when it has failed.
      for (const stream of kept.texts) tell({ stream });
      throw error;
    }
  });
}

/** Of what was not said, the end: a program may have written without one. */
class Tail {
  static readonly MOST = 2 << 20;
  readonly texts: string[] = [];
  private length = 0;

  push(text: string): void {
    this.texts.push(text);
    this.length += text.length;
    while (this.length > Tail.MOST) this.length -= this.texts.shift()!.length;
  }
}

/** As JSON can have it. */
const plain = (event: BuildEvent): object =>
  event.kind === 'output' ? { ...event, bytes: event.bytes.toString('base64') } : event;
