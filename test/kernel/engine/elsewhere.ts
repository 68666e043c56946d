/** An engine in a process of its own: does what it is sent, and answers with what came of it. */
import * as engineApi from '../../../src/engine/index.ts';
import { ensureLab } from '../../../src/engine/lab.ts';

type Operation = (engine: engineApi.Engine, ...args: unknown[]) => unknown;

async function main(root: string, run: string): Promise<void> {
  const engine = await engineApi.openEngine({ root, run });
  await ensureLab(engine.store);
  const operations = engineApi as unknown as Record<string, Operation>;
  process.on('message', ({ operation, args }: { operation: string; args: unknown[] }) => {
    void (async () => {
      try {
        const value = await operations[operation]!(engine, ...args);
        process.send!({ value });
      } catch (error) {
        process.send!({ error: (error as Error).message });
      }
    })();
  });
  process.send!({ value: 'open' });
}

void main(process.argv[2]!, process.argv[3]!);
