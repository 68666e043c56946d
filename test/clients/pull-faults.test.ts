/** A whole `pull` from a registry that lies, redirects and stalls. */
import { sampled } from '../sample.ts';
import { runPullCase, startPullStand, type PullStand } from './pull-cases.ts';
import { freshFolder, isInstalled, skipAll } from './support.ts';

/** Three hundred of them: `node --import tsx test/soak/registry.ts`. */
const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);

describe('a pull from a registry that cannot be trusted', function () {
  this.timeout(120_000);
  let stand: PullStand | undefined;

  before('an image behind faults', async function () {
    if (!isInstalled('docker-registry')) skipAll(this, 'no docker-registry here');
    stand = await startPullStand(freshFolder('pull-faults'));
  });
  after(() => stand?.stop());

  for (const seed of sampled(SEEDS))
    it(`ends in the image or in one clear error, case ${seed}`, async () => {
      await runPullCase(seed, stand!);
    });
});
