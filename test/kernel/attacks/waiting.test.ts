/**
 * A container that waits for `start` is inside already, beside whoever joins its namespaces: it must hold nothing of the
 * host's, and be nobody's to look into.
 */
import assert from 'node:assert/strict';
import { closeSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../../../src/linux/native.ts';
import { create, type Container, type CreateOptions } from '../../../src/runtime/container.ts';
import { exec } from '../../../src/runtime/exec.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Process } from '../../../src/runtime/spec.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import { boxed, leavesNothing, run, skip, specOf, until, withBox } from '../support.ts';

const SUID_DUMPABLE = '/proc/sys/fs/suid_dumpable';

describe('a container that waits for its start', function () {
  leavesNothing();

  async function withWaiting(options: CreateOptions, body: (box: Container) => Promise<void> | void): Promise<void> {
    const box = await create(options);
    try {
      await body(box);
    } finally {
      await remove(run, options.id, { force: true }, options.isolators);
      await box.wait();
    }
  }

  /** What it has open besides 0, 1 and 2, once it has hung up on us. */
  async function held(pid: number): Promise<string[]> {
    const linkOf = (fd: string): string[] => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch (error) {
        // It was closed since the directory was read.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    };
    const links = (): string[] => {
      const fds = readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) > 2);
      return fds.flatMap(linkOf).sort();
    };
    await until('the end of the conversation', () => !links().some((link) => link.startsWith('socket:')));
    return links();
  }

  async function holdsNothingElse({ id, pid }: Container, more: string[] = []): Promise<void> {
    const itsOwn = ['go', 'start-error'].map((name) => join(stateDir(run, id), name));
    assert.deepEqual(await held(pid), [...itsOwn, ...more].sort());
  }

  it('holds the fifo of the start and the file for its failure, and nothing else', () => {
    return withWaiting(boxed({ spec: specOf({ args: ['true'] }) }), holdsNothingElse);
  });

  it('holds nothing of the namespaces that it has joined', () => {
    const spec = specOf({ args: ['true'] }, ({ linux }) => {
      for (const namespace of linux!.namespaces!)
        if (namespace.type === 'network') namespace.path = '/proc/self/ns/net';
    });
    return withWaiting(boxed({ spec }), holdsNothingElse);
  });

  it('does not hold the master of its terminal', async () => {
    const [ours, theirs] = native.seqpacketPair();
    const options = boxed({ spec: specOf({ args: ['true'], terminal: true }), consoleSocket: theirs });
    await withWaiting(options, holdsNothingElse).finally(() => [ours, theirs].forEach((fd) => closeSync(fd)));
  });

  it('holds what is passed on to its program once', () => {
    const options = boxed({ spec: specOf({ args: ['true'] }), preserveFds: 1 });
    return withWaiting(options, (box) => holdsNothingElse(box, [readlinkSync('/proc/self/fd/3')]));
  });

  it('belongs to root for others of its user, whatever the host says of programs that change theirs', async function () {
    const before = readFileSync(SUID_DUMPABLE, 'utf8');
    const user = { uid: 1000, gid: 1000 };
    const owner = (pid: number): number => statSync(`/proc/${pid}/fd`).uid;
    try {
      writeFileSync(SUID_DUMPABLE, '1');
    } catch {
      skip(this, `${SUID_DUMPABLE} is read-only`);
    }
    try {
      await withWaiting(boxed({ spec: specOf({ args: ['true'], user }) }), ({ pid }) => assert.equal(owner(pid), 0));
      await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async ({ id }) => {
        const process: Process = { args: ['true'], cwd: '/', user, env: ['PATH=/bin'] };
        const onStep = ({ call }: { call: string }, _index: number, pid?: number): void => {
          if (call === 'execve') assert.equal(owner(pid!), 0);
        };
        assert.equal(await (await exec(run, id, { process, onStep })).wait(), 0);
      });
    } finally {
      writeFileSync(SUID_DUMPABLE, before);
    }
  });
});
