import { rounds } from '../sample.ts';
import { killedRounds } from '../soak/images.ts';
import { isInstalled, skipAll } from './support.ts';

/** Two hundred of them: `node --import tsx test/soak/images.ts`. */
const kills = rounds(20);

describe('pull, load, import and collection, killed at random moments', function () {
  this.timeout(600_000);
  before('a registry to pull from', function () {
    if (!isInstalled('docker-registry')) skipAll(this, 'no docker-registry here');
  });

  it(`leave a store that is whole, in which a second try succeeds and leaves nothing (${kills} kills)`, async () => {
    await killedRounds(kills, 1);
  });
});
