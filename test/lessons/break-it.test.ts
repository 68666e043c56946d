import assert from 'node:assert/strict';
import { lessons } from '../../src/learn/lessons.ts';
import { targetOn } from '../../src/learn/demo/target.ts';
import { openStage } from '../../src/learn/stage.ts';
import './support.ts';

for (const { name, parts } of lessons)
  describe(`lesson ${name}, the attacks`, function () {
    this.timeout(60_000);

    it('succeed where nothing stops them, and fail where something does', async () => {
      const attacks = await parts.attacks();
      assert(attacks.length > 0);
      for (const { name: attack, attempt } of attacks)
        for (const isDefended of [false, true]) {
          const stage = await openStage('break-it');
          const target = targetOn(stage);
          try {
            const { succeeded, seen } = await attempt(target, isDefended);
            assert.equal(succeeded, !isDefended, `${attack}, ${isDefended ? 'defended' : 'undefended'}: ${seen}`);
          } finally {
            target.tidy();
            await stage.close();
          }
          assert.deepEqual(await stage.leftBehind(), { processes: 0, mounts: 0, cgroups: 0 }, attack);
        }
    });
  });
