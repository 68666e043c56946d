/** Starting a container costs the same, however large the Node is that starts it (fork(2) would copy its page tables). */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROUNDS = 9;

interface Answer {
  milliseconds: number;
  rss: number;
}

function nodeOf(megabytes: number): ChildProcess {
  return fork(join(__dirname, 'helpers/starts.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, MEGABYTES: String(megabytes) },
  });
}

async function ask(node: ChildProcess): Promise<Answer> {
  node.send('start');
  const [answer] = (await once(node, 'message')) as [Answer];
  return answer;
}

describe('a start with every namespace', function () {
  it('takes no longer out of a Node of 1 GB than out of a small one', async () => {
    const [small, large] = [nodeOf(0), nodeOf(1024)];
    try {
      for (const node of [small, large]) await ask(node);
      const times: { small: number[]; large: number[] } = { small: [], large: [] };
      for (let round = 0; round < ROUNDS; round++) {
        times.small.push((await ask(small)).milliseconds);
        const { milliseconds, rss } = await ask(large);
        assert(rss > 1 << 30, `the large one is ${rss} bytes`);
        times.large.push(milliseconds);
      }
      // The quickest of each: what else the machine does only ever makes one slower.
      const [few, many] = [Math.min(...times.small), Math.min(...times.large)];
      assert(many / few < 3, `${many} ms to ${few} ms`);
    } finally {
      for (const node of [small, large]) {
        node.disconnect();
        await once(node, 'exit');
      }
    }
  });
});
