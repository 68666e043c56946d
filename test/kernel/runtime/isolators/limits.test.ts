/** Limits of one process: what /proc/PID says of them, at create and at exec. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { create } from '../../../../src/runtime/container.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import type { Process, Spec } from '../../../../src/runtime/spec.ts';
import { boxed, leavesNothing, run, runBox, shell, specOf, withBox } from '../../support.ts';

const having = (more: Partial<Process>) => (spec: Spec) => void Object.assign(spec.process, more);
const sleeper = (more: Partial<Process>): Spec => specOf({ args: ['sleep', '1000'] }, having(more));
const plain = { args: ['sleep', '1000'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] };

/** Runs `look` on a process of a create and on one of an exec, both with these wishes. */
async function both(more: Partial<Process>, look: (pid: number) => void): Promise<void> {
  await withBox(boxed({ spec: sleeper(more) }), async (box) => {
    look(box.pid);
    const added = await exec(run, box.id, { process: { ...plain, ...more } });
    look(added.pid);
    process.kill(added.pid, 'SIGKILL');
    await added.wait();
  });
}

/** Nice value and policy (proc_pid_stat(5)). */
function turn(pid: number): unknown[] {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return [fields[19 - 3], fields[41 - 3]];
}

describe('limits of a process', function () {
  leavesNothing();

  it('are those of process.rlimits, also for a user who is not root', async () => {
    const rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      { type: 'RLIMIT_CPU', soft: 18446744073709551615, hard: 18446744073709551615 },
    ] as const;
    await both({ rlimits: [...rlimits], user: { uid: 1000, gid: 1000 } }, (pid) => {
      const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
      assert.match(text, /Max open files +100 +200 /);
      assert.match(text, /Max core file size +0 +0 /);
      assert.match(text, /Max cpu time +unlimited +unlimited /);
    });
  });

  it('are a container’s also for an exec that says nothing of them', async () => {
    const spec = sleeper({
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 77, hard: 77 }],
      oomScoreAdj: 345,
      scheduler: { policy: 'SCHED_BATCH', nice: 7 },
      ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 },
    });
    spec.linux!.personality = { domain: 'LINUX32' };
    const files = ['limits', 'oom_score_adj', 'personality'];
    const lookAt = (pid: number): unknown[] => [
      ...files.map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8')),
      turn(pid),
      execFileSync('ionice', ['-p', String(pid)], { encoding: 'utf8' }),
    ];
    await withBox(boxed({ spec }), async (box) => {
      const added = await exec(run, box.id, { process: plain });
      const [its, own] = [lookAt(added.pid), lookAt(box.pid)];
      process.kill(added.pid, 'SIGKILL');
      await added.wait();
      assert.deepEqual(its, own);
    });
  });

  it('that nobody may set are refused with the call', () =>
    assert.rejects(create(boxed({ spec: sleeper({ rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 ** 40 }] }) })), {
      code: 'STEP_FAILED',
      call: 'setrlimit',
    }));

  it('come with a score for the out-of-memory killer', () =>
    both({ oomScoreAdj: 345 }, (pid) => assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'), '345\n')));

  it('come with a turn at the processor', () =>
    both({ scheduler: { policy: 'SCHED_BATCH', nice: 7 } }, (pid) => assert.deepEqual(turn(pid), ['7', '3'])));

  it('come with a turn at the disk', async () => {
    const change = having({ ioPriority: { class: 'IOPRIO_CLASS_IDLE', priority: 0 } });
    const { text } = await shell('busybox ionice -p $$ 2>&1', change);
    assert.match(text, /^idle/);
  });

  it('come with a personality', async () => {
    const { text } = await runBox({
      spec: specOf(
        { args: ['busybox', 'uname', '-m'] },
        ({ linux }) => void (linux!.personality = { domain: 'LINUX32' }),
      ),
    });
    assert.match(text, process.arch === 'x64' ? /^i686/ : /^arm/);
  });
});
