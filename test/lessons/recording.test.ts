import assert from 'node:assert/strict';
import type { Recording } from '../../src/learn/demo/recording.ts';
import { projectHome } from '../../src/linux/native.ts';
import { lessons } from '../../src/learn/lessons.ts';
import { sampled } from '../sample.ts';
import { drydock } from './support.ts';

describe('the demos, recorded', function () {
  this.timeout(120_000);

  for (const { name, parts } of sampled(lessons, 6))
    it(`${name}: is what the demo has shown, and nothing of this machine’s folders`, async () => {
      const { code, out, err } = drydock(['demo', name, '--json']);
      assert.equal(code, 0, err);
      const { lesson, scenes, left, question } = JSON.parse(out) as Recording;
      const demo = await parts.demo();
      assert.deepEqual([lesson, question], [name, demo.question]);
      assert.deepEqual(
        scenes.map(({ title, guess }) => [title, guess]),
        demo.scenes.map(({ title, guess }) => [title, guess]),
      );
      for (const { title, lines } of scenes) assert.ok(lines.length > 0, title);
      assert.deepEqual(left, { processes: 0, mounts: 0, cgroups: 0 });
      for (const folder of [projectHome(), process.env.DRYDOCK_RUN!, process.env.DRYDOCK_ROOT!])
        assert.ok(!out.includes(folder), `it names ${folder}`);
    });
});
