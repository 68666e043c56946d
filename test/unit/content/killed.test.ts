import { killedRounds } from '../../soak/content.ts';

/** Two hundred of them: `node --import tsx test/soak/content.ts`. */
const rounds = 10;

describe('the content store, killed at random moments of ingest and collection', () => {
  it(`is whole afterwards, takes the same blobs again, and keeps nothing in ingest (${rounds} kills)`, async function () {
    this.timeout(180_000);
    await killedRounds(rounds, 1);
  });
});
