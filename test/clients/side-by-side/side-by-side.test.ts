/** Every verb, typed to docker and to drydock (support.ts says how they are compared). */
import { isInstalled, skipAll, type Daemon } from '../support.ts';
import { containers } from './cases/containers.ts';
import { mistakes } from './cases/mistakes.ts';
import { objects } from './cases/objects.ts';
import { sameForBoth, startDockerd } from './support.ts';

describe('drydock beside docker', function () {
  this.timeout(900_000);
  let server: Daemon | undefined;

  before('a dockerd', async function () {
    if (!isInstalled('dockerd') || !isInstalled('docker')) skipAll(this, 'no dockerd here');
    server = await startDockerd();
  });
  after('the dockerd ends', () => server?.end());

  for (const one of [...containers, ...objects, ...mistakes]) it(`says the same: ${one.title}`, () => sameForBoth(one));
});
