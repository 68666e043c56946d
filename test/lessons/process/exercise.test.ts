import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../../src/learn/check/runner.ts';
import { projectHome } from '../../../src/linux/native.ts';
import { begun, drydock, failures, judge, source, write } from '../support.ts';

const CHILD_C = 'process/shim/child.c';
const CHILD_TS = 'process/shim/child.ts';
const BORN = 'the parent hears that its child is born';

/** A workspace with the exit code solved, so that the child is judged. */
async function withExitCode() {
  const work = await begun('process');
  write(work, 'process/wait.ts', source('src/runtime/wait.ts'));
  return work;
}

const inTypeScript = (body: string): string => `
import type { ChildCalls } from '../../learn/child-puppet.ts';
export async function becomeProgram(child: ChildCalls): Promise<number> {
${body}
}
`;

const LIFE = `
  await child.beBorn();
  await child.awaitParent();
  const count = await child.stepCount();
  for (let step = 0; step < count; step++) {
    const result = await child.runStep(step);
    if (result >= 0 || (await child.tolerates(step, -result))) {
      await child.keepResult(step, result);
      continue;
    }
    await child.tellFailure(step, -result);
    return result === -2 ? 127 : result === -13 || result === -8 ? 126 : 125;
  }
  return 125;`;

describe('lesson process, the exercise', function () {
  this.timeout(120_000);

  it('can be solved in TypeScript instead, with a child on strings', async () => {
    const work = await withExitCode();
    write(work, CHILD_TS, inTypeScript(LIFE));
    assert.deepEqual(failures(await judge(work, 'process')), []);
  });

  it('tells a TypeScript child that ends without a word what it has not said', async () => {
    const work = await withExitCode();
    write(work, CHILD_TS, inTypeScript('void child; return 125;'));
    const [first] = failures(await judge(work, 'process', { only: BORN }));
    assert.equal(first?.title, BORN);
    assert.match(first.finding!.kernel, /ended without a word/);
    assert.match(first.finding!.at!, /child\.ts:\d+$/);
  });

  it('names the signal that has ended a C child, before it is born and after', async () => {
    const child = (body: string): string =>
      `#include "shim/child_calls.h"\nint become_program(struct Child* child) {\n  int* volatile nothing = 0;\n${body}\n}\n`;
    const work = await withExitCode();
    for (const body of ['  (void)child;\n  return *nothing;', '  be_born(child);\n  return *nothing;']) {
      write(work, CHILD_C, child(body));
      const [first] = failures(await judge(work, 'process'));
      assert.match(first!.finding!.kernel, /ended by SIGSEGV/);
      assert.match(first!.hints![1]!, /SIGSEGV/);
    }
  });

  it('tells a TypeScript child that throws what it has thrown', async () => {
    const work = await withExitCode();
    write(work, CHILD_TS, inTypeScript("await child.stepCount(); throw new Error('overboard');"));
    const [first] = failures(await judge(work, 'process', { only: BORN }));
    assert.match(first!.finding!.did, /becomeProgram\(\) threw: overboard/);
  });

  it('shows what the C compiler says, with the line', async () => {
    const work = await withExitCode();
    write(work, CHILD_C, source('addon/shim/child.c').replace('be_born(child);', 'be_born(child)'));
    const [first] = failures(await judge(work, 'process', { only: BORN }));
    assert.match(first!.finding!.did, /error: expected/);
    assert.match(first!.finding!.at!, /child\.c:\d+$/);
  });

  it('says so when the function is gone, which only the linker misses', async () => {
    const work = await withExitCode();
    for (const text of ['', source('addon/shim/child.c').replace('int become_program(', 'int become_a_program(')]) {
      write(work, CHILD_C, text);
      const [first] = failures(await judge(work, 'process', { only: BORN }));
      assert.match(first!.finding!.did, /child\.c has no function 'become_program' any more$/);
      assert.match(first!.hints![1]!, /the file is empty, or/);
    }
  });

  it('names a function that nobody has declared, and one that forgets its return', async () => {
    const work = await withExitCode();
    const wrong = (from: string, to: string): Promise<Result[]> => {
      write(work, CHILD_C, source('addon/shim/child.c').replace(from, to));
      return judge(work, 'process', { only: BORN });
    };
    const [unknown] = failures(await wrong('await_parent(child);', 'wait_for_parent(child);'));
    assert.match(unknown!.finding!.did, /implicit declaration of function 'wait_for_parent'/);
    assert.match(unknown!.hints![1]!, /Nobody has declared 'wait_for_parent'/);
    const [forgotten] = failures(await wrong('return 125;', ''));
    assert.match(forgotten!.finding!.did, /control reaches end of non-void function/);
  });

  it('builds a helper of the learner’s own, and ours stays what it was', async () => {
    const shim = join(projectHome(), 'build/Release/drydock-shim');
    const before = readFileSync(shim);
    const work = await withExitCode();
    write(work, CHILD_C, source('addon/shim/child.c'));
    assert.deepEqual(failures(await judge(work, 'process')), []);
    assert(readFileSync(shim).equals(before));
    assert(!readFileSync(join(work.root, '.drydock/build/process/shim/child')).equals(before));
  });

  it('is what `try --mine` runs on, once it is solved', async () => {
    const work = await withExitCode();
    write(work, CHILD_C, source('addon/shim/child.c'));
    assert.equal(drydock(['check', 'process']).code, 0);
    assert.equal(drydock(['try', '--mine', 'sh', '-c', 'exit 5']).code, 5);
    // Solved once, and broken since: now it shows whose child it is.
    write(work, CHILD_C, source('addon/shim/child.c').replace('be_born(child);', 'return 99;'));
    assert.match(drydock(['try', '--mine', 'ls']).err, /has ended before it was ready/);
    assert.equal(drydock(['try', 'ls']).code, 0);
  });
});
