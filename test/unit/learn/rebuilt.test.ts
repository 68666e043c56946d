import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as reference from '../../../src/registry/reference.ts';
import { rebuild, rebuildPart } from '../../../src/learn/rebuilt.ts';
import { redirected } from '../../../src/learn/source.ts';
import { workspace } from '../../../src/learn/workspace.ts';
import * as ours from '../../../src/runtime/index.ts';

const pid = { name: 'isolators/pid.ts#namespaces', source: 'src/runtime/isolators/pid.ts' };
const signals = { name: 'kill.ts#kill', source: 'src/runtime/kill.ts' };

describe('a runtime around a learner’s functions', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-rebuilt-'));
  const before = process.env.DRYDOCK_WORK;
  beforeEach(() => (process.env.DRYDOCK_WORK = folder));
  after(() => {
    if (before === undefined) delete process.env.DRYDOCK_WORK;
    else process.env.DRYDOCK_WORK = before;
    rmSync(folder, { recursive: true, force: true });
  });

  const namespacesOf = ({ isolators }: typeof ours): unknown =>
    isolators
      .find(({ name }) => name === 'pid')!
      .namespaces?.({ linux: { namespaces: [{ type: 'pid' }] } } as never, 'create');

  it('calls them where it had its own, and leaves ours alone', async () => {
    const theirs = await rebuild(workspace(), [
      { slot: pid, run: () => 'mine' },
      { slot: signals, run: (...args: unknown[]) => args },
    ]);
    assert.equal(namespacesOf(theirs), 'mine');
    assert.deepEqual((theirs.kill as (...args: unknown[]) => unknown)('run', 'id', 15), ['run', 'id', 15]);
    assert.deepEqual(namespacesOf(ours), [{ type: 'pid', how: 'clone' }]);
  });

  it('is one of several, each with its own', async () => {
    const one = await rebuild(workspace(), [{ slot: pid, run: () => 1 }]);
    const other = await rebuild(workspace(), [{ slot: pid, run: () => 2 }]);
    assert.deepEqual([namespacesOf(one), namespacesOf(other)], [1, 2]);
  });

  it('shares the error type with us', async () => {
    const theirs = await rebuild(workspace(), []);
    const { DrydockError } = await import('../../../src/errors.ts');
    assert.throws(() => theirs.kill('/nowhere', 'no such container', 15), DrydockError);
  });

  it('keeps every line of the source where it was', async () => {
    const text =
      'const a = {\n  f: (x: number): number => {\n    return x;\n  },\n  g: 1,\n};\nfunction h(): void {\n}\n';
    const out = await redirected(
      'x.ts',
      text,
      new Map([
        ['a.f', 'mine'],
        ['h', 'other'],
      ]),
    );
    assert.equal(out.split('\n').length, text.split('\n').length);
    assert.match(out, /f: \(\.\.\.given\): number => \{ return mine\(\.\.\.given\); \}/);
    assert.equal(out.split('\n')[4], '  g: 1,');
    await assert.rejects(redirected('x.ts', text, new Map([['g', 'mine']])), { code: 'SLOT_INVALID' });
  });

  it('hands on what a generator yields', async () => {
    const out = await redirected(
      'x.ts',
      'export async function* f(a: number) {\n  yield a;\n}\n',
      new Map([['f', 'mine']]),
    );
    assert.match(out, /function\* f\([.]{3}given\) \{ return yield\* mine\([.]{3}given\); \}/);
  });

  it('rebuilds another part of the source', async () => {
    const slot = { name: 'registry/reference.ts#familiar', source: 'src/registry/reference.ts' };
    const part = await rebuildPart<typeof reference>(workspace(), [{ slot, run: () => 'mine' }], slot.source);
    assert.equal(part.familiar(part.parseReference('x')), 'mine');
    assert.equal(part.printReference(part.parseReference('x')), 'docker.io/library/x');
  });
});
