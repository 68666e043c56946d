/** `/build`: there is no builder yet, and a request for one is told so in words, not with a page that is not found. */
import { DrydockError } from '../../errors.ts';
import { route, type Route } from '../api.ts';
import { json } from '../reply.ts';

export const build: readonly Route[] = [
  route('POST /build', () => {
    throw new DrydockError('UNSUPPORTED', 'this engine does not build images yet', {
      hint: 'docker commit makes an image of a container, docker import one of an archive',
    });
  }),
  // What `docker system prune` asks for: nothing is kept of builds that nobody makes.
  route('POST /build/prune', () => json({ CachesDeleted: null, SpaceReclaimed: 0 })),
];
