import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { EPOLLHUP, EPOLLIN } from '../../../src/linux/constants.ts';
import { native, type Watch } from '../../../src/linux/native.ts';

const nativeFile = JSON.stringify(join(__dirname, '../../../src/linux/native.ts'));
/** Runs a program that has `native` and `fs`. */
const program = (body: string) =>
  spawnSync(
    process.execPath,
    ['-r', 'tsx/cjs', '-e', `const { native } = require(${nativeFile}); const fs = require('fs'); ${body}`],
    {
      encoding: 'utf8',
      timeout: 20_000,
    },
  );

describe('watch', () => {
  let ours: number;
  let theirs: number;
  const closeTheirs = () => {
    if (theirs >= 0) fs.closeSync(theirs);
    theirs = -1;
  };

  beforeEach(() => {
    [ours, theirs] = native.seqpacketPair();
  });
  afterEach(() => {
    fs.closeSync(ours);
    closeTheirs();
  });

  const event = (fd: number): Promise<number> =>
    new Promise((resolve) => {
      const watch = native.watch(fd, (events) => {
        watch.close();
        resolve(events);
      });
    });

  it('tells of a message, and of the end when the other side hangs up', async () => {
    native.send(theirs, 'x');
    assert.equal((await event(ours)) & EPOLLIN, EPOLLIN);
    native.receive(ours);
    const hangUp = event(ours);
    closeTheirs();
    assert.equal((await hangUp) & EPOLLHUP, EPOLLHUP);
  });

  it('calls again as long as there is something to read', async () => {
    native.send(theirs, 'x');
    let calls = 0;
    await new Promise<void>((resolve) => {
      const watch = native.watch(ours, () => {
        if (++calls < 5) return;
        watch.close();
        resolve();
      });
    });
    assert.equal(calls, 5);
  });

  it('does not call a watch that another callback has closed, though its event was on its way', async () => {
    const [second, peer] = native.seqpacketPair();
    native.send(theirs, 'x');
    native.send(peer, 'x');
    const called: string[] = [];
    const watches: Watch[] = [];
    const first = new Promise<void>((resolve) => {
      for (const [name, fd] of [
        ['a', ours],
        ['b', second],
      ] as const) {
        watches.push(
          native.watch(fd, () => {
            called.push(name);
            watches.forEach((watch) => watch.close());
            resolve();
          }),
        );
      }
    });
    await first;
    await nextTurn();
    // A message later proves that the thread has gone on.
    native.send(theirs, 'y');
    await event(ours);
    assert.equal(called.length, 1);
    [second, peer].forEach((fd) => fs.closeSync(fd));
  });

  it('may be closed twice, and watches one descriptor twice', async () => {
    const both = [event(ours), event(ours)];
    native.send(theirs, 'x');
    await Promise.all(both);
    const watch = native.watch(ours, () => assert.fail('closed'));
    watch.close();
    watch.close();
  });

  it('keeps watching the same file when the number is closed and given to another', async () => {
    const [mine, peer] = native.seqpacketPair();
    const told = event(mine);
    fs.closeSync(mine);
    const other = fs.openSync('/dev/null', 'r');
    assert.equal(other, mine);
    fs.closeSync(peer);
    assert.equal((await told) & EPOLLHUP, EPOLLHUP);
    fs.closeSync(other);
  });

  it('refuses an ordinary file and a descriptor that is not open', () => {
    const file = fs.openSync(__filename, 'r');
    assert.throws(() => native.watch(file, () => {}), { call: 'epoll_ctl', errno: 1 });
    fs.closeSync(file);
    assert.throws(() => native.watch(9999, () => {}), { errno: 9 });
  });

  it('leaves no descriptor behind', () => {
    const before = fs.readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 100; i++) native.watch(ours, () => {}).close();
    assert.equal(fs.readdirSync('/proc/self/fd').length, before);
  });

  it('keeps the process alive until it is closed, and not longer', function () {
    const closed = program(
      `const [a, b] = native.seqpacketPair(); native.watch(a, () => {}).close(); console.log('end')`,
    );
    assert.deepEqual([closed.status, closed.stdout], [0, 'end\n']);
    const open = program(
      `const [a, b] = native.seqpacketPair(); const w = native.watch(a, () => { console.log('called'); w.close(); });
       setTimeout(() => fs.closeSync(b), 50).unref();`,
    );
    // The unref'd timer alone would not have kept it.
    assert.deepEqual([open.status, open.stdout], [0, 'called\n']);
  });

  it('throws what a callback throws as an uncaught exception, and goes on', function () {
    const { status, stdout, stderr } = program(
      `process.once('uncaughtException', (error) => console.log(error.message));
       const [a, b] = native.seqpacketPair(); native.send(b, 'x'); let calls = 0;
       const w = native.watch(a, () => { if (++calls === 1) throw new Error('mine'); console.log('again'); w.close(); });`,
    );
    assert.deepEqual([status, stdout, stderr], [0, 'mine\nagain\n', '']);
  });

  it('lets a process exit in the middle of a storm of events', function () {
    for (let i = 0; i < 5; i++) {
      const { status, signal } = program(
        `for (let i = 0; i < 50; i++) { const [a, b] = native.seqpacketPair(); native.send(b, 'x'); native.watch(a, () => {}); }
         setTimeout(() => process.exit(3), ${i * 10});`,
      );
      assert.deepEqual([status, signal], [3, null]);
    }
  });

  it('works in worker threads, and ends with them while events are on their way and callbacks at work', async function () {
    const source = `
      require('tsx/cjs'); const { native } = require(${nativeFile}); const { parentPort } = require('worker_threads');
      for (let i = 0; i < 20; i++) { const [a, b] = native.seqpacketPair(); native.send(b, 'x'); let told = false;
        native.watch(a, () => {
          if (!told) { told = true; parentPort.postMessage(i); }
          for (const end = Date.now() + 2; Date.now() < end;);
        }); }`;
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(source, { eval: true });
      await once(worker, 'message');
      await worker.terminate();
    }
    native.send(theirs, 'x');
    await event(ours);
  });
});
