/**
 * Plan files that no encoder would write, given to `drydock-shim spawn`: it answers `failed`, or does what the file says
 * and ends; it never crashes, and never waits for what will not come.
 *
 * The helper runs as nobody here, so that a plan that came out well by accident changes nothing of the host.
 */
import assert from 'node:assert/strict';
import { chmodSync, closeSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { errorName } from '../../../src/linux/errno.ts';
import { native, projectHome } from '../../../src/linux/native.ts';
import { exitCode } from '../../../src/runtime/wait.ts';
import { encode } from '../../../src/runtime/encode.ts';
import { GO_ON, parse, say, type Message } from '../../../src/runtime/message.ts';
import type { Step } from '../../../src/runtime/plan.ts';
import type { Call } from '../../../src/runtime/steps.ts';
import { rounds } from '../../sample.ts';

const RUNS = rounds(500);
const shim = process.env.DRYDOCK_SHIM ?? join(projectHome(), 'build/Release/drydock-shim');
const NOBODY = 65534;
/** More than any of these plans asks for. */
const ANSWERS = 64;
/** All that a clone can make; the time namespace has no flag here. */
const NAMESPACES = 0x7e020000;
const HANGS_AFTER_MS = 30_000;

const step = (call: Call, args: readonly unknown[], into?: string): Step => ({
  phase: 'exec',
  isolator: 'test',
  call,
  args,
  because: '',
  tolerate: [1],
  into,
  at: { place: '' },
});

/** A plan with every form that the format has, and no step that could hurt or wait. */
const sound = encode({
  steps: [
    step('setsid', []),
    step('umask', [0o22]),
    step('open_root', ['/'], 'root'),
    step('chdir', ['/']),
    step('setgroups', [Buffer.from([1, 2, 3, 4])]),
    step('fchdir', [{ fd: 'root' }]),
    step('sync', ['mounted']),
    step('send_fd', [null, { fd: 'root' }, 'root']),
    step('dup2', [{ fd: 'given' }, 9]),
    step('lookup_exec', [['/nonexistent', '/also/not']]),
    step('execve', [['/nonexistent', 'argument'], ['A=1', 'B=2'], 0]),
  ],
  cloneFlags: 0,
  joins: [],
  given: { given: 2 },
  tasks: [],
  stepping: true,
});

/** Exit codes from here on stand for signals. */
const BY_SIGNAL = 128;

interface Answer {
  outer: number;
  child?: number;
  said: Message[];
}

describe('a plan file that no encoder wrote', function () {
  this.timeout(120_000);
  let folder: string;
  let program: string[];

  before(function () {
    if (!existsSync(shim)) {
      this.test!.title += ' [skipped: drydock-shim is not built]';
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'drydock-fuzz-'));
    chmodSync(folder, 0o755);
    const copy = join(folder, 'shim');
    copyFileSync(shim, copy);
    chmodSync(copy, 0o755);
    const drop = ['/usr/bin/setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
    program = [...(process.getuid?.() === 0 ? drop : []), copy, 'spawn'];
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  /** Runs it to its end. All answers are sent beforehand: none of these plans may need more. */
  function give(plan: Buffer): Answer {
    const [ours, theirs] = native.seqpacketPair();
    const file = native.anonymousFile(plan);
    let pid: number;
    try {
      const fds: [number, number][] = [
        [theirs, 3],
        [file, 4],
      ];
      pid = native.spawn({ exec: program[0]!, argv: program, env: [], fds });
      for (let i = 0; i < ANSWERS; i++) native.send(ours, GO_ON);
    } finally {
      closeSync(theirs);
      closeSync(file);
    }
    const said = allSaid(ours);
    closeSync(ours);
    const born = said.find(({ kind }) => kind === say.born);
    const outer = exitCode(native.waitpid(pid, 0)!.status);
    const child = born && exitCode(native.waitpid(born.value, 0)!.status);
    return { outer, child, said };
  }

  /** Everything until they hang up. Synchronous, as a property is. */
  function allSaid(socket: number): Message[] {
    const said: Message[] = [];
    const nap = new Int32Array(new SharedArrayBuffer(4));
    for (const deadline = Date.now() + HANGS_AFTER_MS; Date.now() < deadline; Atomics.wait(nap, 0, 0, 1)) {
      let got;
      while ((got = native.receive(socket))) {
        said.push(parse(got.data));
        got.fds.forEach((fd) => closeSync(fd));
      }
      if (got === undefined) return said;
    }
    throw new Error('it hangs');
  }

  function check({ outer, child, said }: Answer): void {
    assert(outer < BY_SIGNAL, `the outer half ended by signal ${outer - BY_SIGNAL}`);
    assert((child ?? 0) < BY_SIGNAL, `the child ended by signal ${child! - BY_SIGNAL}`);
    const failed = said.at(-1)?.kind === say.failed;
    if (outer !== 0) assert(failed && outer === 125, `it ended with ${outer} and without a word`);
    else assert(child !== undefined, 'it said nothing, and nobody was born');
  }

  it('is walked to its end when it is sound', () => {
    const { outer, child, said } = give(sound);
    assert.deepEqual([outer, child], [0, 127]);
    const last = said.at(-1)!;
    assert.deepEqual([last.kind, last.name, errorName(last.value)], [say.failed, 'lookup_exec', 'ENOENT']);
  });

  it('is refused when it is empty, or noise', () => {
    const noise = fc.uint8Array({ maxLength: 4096 }).map((bytes) => Buffer.from(bytes));
    const magic = noise.map((bytes) => Buffer.concat([Buffer.from('DRYDOCK1'), bytes]));
    fc.assert(
      fc.property(fc.oneof(noise, magic), (plan) => {
        const answer = give(plan);
        check(answer);
        assert.equal(answer.outer, 125);
      }),
      { numRuns: RUNS / 5, seed: 316 },
    );
  });

  it('is refused when it is cut off at any byte', () => {
    const stride = RUNS >= 5000 ? 1 : 7;
    for (let length = 0; length < sound.length; length += stride) {
      const answer = give(sound.subarray(0, length));
      check(answer);
      assert.equal(answer.outer, 125, `cut after ${length} bytes`);
    }
  });

  it('is refused when it asks the clone for more than namespaces', () => {
    // CLONE_VM, CLONE_VFORK, CLONE_THREAD …: a child that shares our memory, or is none.
    for (let bit = 0; bit < 32; bit++) {
      const plan = Buffer.from(sound);
      plan.writeUInt32LE((1 << bit) >>> 0, 8);
      const answer = give(plan);
      check(answer);
      if (!(NAMESPACES & (1 << bit))) assert.match(answer.said.at(-1)!.name, /clone for more/);
    }
  });

  /** Where a word of the sound plan, written as a string, has ended. */
  const behind = (word: string): number => sound.indexOf(`${word}\0`) + word.length + 1;

  const cut = (at: number, length: number, ...more: number[]): Buffer =>
    Buffer.concat([sound.subarray(0, at), Buffer.from(more), sound.subarray(at + length)]);

  function changed(change: (plan: Buffer) => void): Buffer {
    const plan = Buffer.from(sound);
    change(plan);
    return plan;
  }

  // The first argument: behind the slot, one tolerated errno, and the count of the arguments.
  const argument = (call: string): number => behind(call) + 16;
  const unsound: [what: string, plan: Buffer, said: RegExp][] = [
    [
      'fills a slot that does not exist',
      changed((plan) => plan.writeInt32LE(64, behind('open_root'))),
      /slot that does/,
    ],
    ['gives to a slot that does not exist', changed((plan) => plan.writeInt32LE(64, 32)), /to a slot that does/],
    ['gives to a slot below the first', changed((plan) => plan.writeInt32LE(-1, 32)), /to a slot that does/],
    ['names a slot that does not exist', changed((plan) => plan.writeInt32LE(64, argument('fchdir') + 1)), /form/],
    ['has null where none is allowed', cut(argument('chdir'), 7, 0x30), /do not fit/],
    ['has a text that does not end', changed((plan) => (plan[behind('/also/not') - 1] = 0x78)), /form/],
    ['goes on behind its last step', Buffer.concat([sound, Buffer.alloc(1)]), /too late/],
  ];
  for (const [what, plan, said] of unsound)
    it(`is refused when it ${what}`, () => {
      const answer = give(plan);
      check(answer);
      assert.equal(answer.outer, 125);
      assert.match(answer.said.at(-1)!.name, said);
    });

  it('never makes the helper crash, whatever bytes are changed', () => {
    const byte = fc.record({ at: fc.nat(sound.length - 1), value: fc.nat(255) });
    const word = fc.record({
      at: fc.nat(sound.length - 4),
      value: fc.constantFrom(-1, 0, 1, 63, 64, 65, 0xff, 0xffff, 0x7fffffff, -0x80000000, 1 << 20, (1 << 20) + 1),
    });
    const gap = fc.record({ at: fc.nat(sound.length - 1), length: fc.nat(16) });
    const property = fc.property(
      fc.array(byte, { maxLength: 4 }),
      fc.array(word, { maxLength: 2 }),
      fc.array(gap, { maxLength: 1 }),
      (bytes, words, cuts) => {
        let plan = Buffer.from(sound);
        for (const { at, value } of bytes) plan[at] = value;
        for (const { at, value } of words) plan.writeInt32LE(value, at);
        for (const { at, length } of cuts) plan = Buffer.concat([plan.subarray(0, at), plan.subarray(at + length)]);
        check(give(plan));
      },
    );
    fc.assert(property, { numRuns: RUNS, seed: 1 });
  });
});
