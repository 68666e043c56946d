/** A container in the background: its output, log, input and end, whoever is connected, and whoever has died. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MNT_DETACH } from '../../../src/linux/constants.ts';
import { features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import { readStat, readStatus } from '../../../src/linux/procfs.ts';
import type { VesselOptions } from '../../../src/runtime/around.ts';
import { hierarchies } from '../../../src/runtime/cgroupfs.ts';
import { create, start, state } from '../../../src/runtime/container.ts';
import { exec } from '../../../src/runtime/exec.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import { readEnding, VesselClient, type Ending } from '../../../src/runtime/vessel-client.ts';
import { boxed, bundle, folder, fresh, leavesNothing, run, skip, specOf, until } from '../support.ts';

/** What a client has heard. */
interface Heard {
  out: string;
  err: string;
  lost: bigint;
}

interface Box {
  id: string;
  dir: string;
  logs: string;
  /** Attached before the program starts. */
  client: VesselClient;
  heard: Heard;
  vessel: number;
  begin(): Promise<void>;
  log(): { log: string; stream: string; time: string }[];
}

async function attached(dir: string, name: string, whole = false): Promise<{ client: VesselClient; heard: Heard }> {
  const heard: Heard = { out: '', err: '', lost: 0n };
  const client = await VesselClient.connect(dir, name, {
    output: (bytes) => (heard.out += bytes.toString()),
    errors: (bytes) => (heard.err += bytes.toString()),
    lost: (bytes) => (heard.lost += bytes),
  });
  await client.attach({ whole });
  return { client, heard };
}

const linesOf = (path: string): { log: string; stream: string; time: string }[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as never);

/** A container below a vessel, for `body`; removed afterwards. */
async function aboard(spec: Spec, more: Partial<VesselOptions>, body: (box: Box) => Promise<void>): Promise<void> {
  const logs = more.log?.directory ?? join(folder, fresh('logs'));
  mkdirSync(logs, { recursive: true });
  const vessel: VesselOptions = { name: 'shim', ...more, log: { directory: logs, ...more.log } };
  const options = boxed({ spec, vessel });
  const box = await create(options);
  const ended = box.wait();
  const dir = stateDir(run, options.id);
  const { client, heard } = await attached(dir, 'shim');
  try {
    await body({
      id: options.id,
      dir,
      logs,
      client,
      heard,
      vessel: readStat(box.pid)!.parent,
      begin: () => start(run, options.id),
      log: () => linesOf(join(logs, 'json.log')),
    });
  } finally {
    client.close();
    await remove(run, options.id, { force: true });
    await ended;
  }
}

const sh = (line: string, change?: (spec: Spec) => void): Spec => specOf({ args: ['sh', '-c', line] }, change);
/** How a process has ended, without the time. */
async function howEnded({ ended }: VesselClient): Promise<Omit<Ending, 'finished'>> {
  const { finished: _, ...how } = (await ended)!;
  return how;
}

const processOf = (args: string[]) => ({ args, cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] });

describe('a container in the background', function () {
  leavesNothing();

  it('tells those who are attached what it says and how it ends, and writes both down', () =>
    aboard(sh('echo out; echo err >&2; printf last; exit 7'), {}, async ({ begin, client, heard, dir, log }) => {
      await begin();
      const { finished, ...ending } = (await client.ended)!;
      assert.deepEqual(ending, { status: 7, signal: 0, oomKilled: false });
      assert.deepEqual([heard.out, heard.err], ['out\nlast', 'err\n']);
      assert.deepEqual(readEnding(dir, 'shim'), { ...ending, finished }, 'the same words');
      assert.match(finished, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      assert.deepEqual(
        log()
          .map(({ log: text, stream }) => `${stream}: ${text}`)
          .sort(),
        ['stderr: err\n', 'stdout: last', 'stdout: out\n'],
      );
      assert(log().every(({ time }) => /^\d{4}.*\.\d{9}Z$/.test(time)));
      assert(!existsSync(join(dir, 'shim.sock')), 'nobody listens any more');
      await assert.rejects(VesselClient.connect(dir, 'shim'), { code: 'WRONG_STATE' });
    }));

  it('takes input from any client, at its own pace, to the end', () =>
    aboard(specOf({ args: ['cat'] }), { stdin: true }, async ({ begin, client, heard, dir }) => {
      await begin();
      const other = await attached(dir, 'shim', true);
      await client.input('one ');
      await until('it is said again', () => heard.out === 'one ' && other.heard.out === 'one ');
      const much = 'x'.repeat(300_000);
      await other.client.input(much);
      await other.client.closeInput();
      await other.client.ended;
      assert.equal(other.heard.out, `one ${much}`);
      other.client.close();
    }));

  it('is not held up by a client that does not read, who is told how much it has missed', () =>
    aboard(sh('read x; yes 0123456789abcdef | head -c 4000000; echo; echo end'), { stdin: true }, async (box) => {
      const slow = await attached(box.dir, 'shim');
      slow.client.pause();
      await box.begin();
      await box.client.input('\n');
      // On a busy machine we are slow as well, and may be told of a part only that we have missed it.
      await until('all is said', () => box.heard.out.length + Number(box.heard.lost) === 4_000_005, 20_000);
      slow.client.resume();
      const ending: Ending | undefined = await slow.client.ended;
      assert.equal(ending?.status, 0);
      assert(slow.heard.lost > 0n, 'it has missed something');
      assert.equal(slow.heard.out.length + Number(slow.heard.lost), 4_000_005);
      const logged = linesOf(join(box.logs, 'json.log')).reduce((sum, { log }) => sum + log.length, 0);
      assert.equal(logged, 4_000_005, 'the log has all of it');
      slow.client.close();
    }));

  it('tells a client that reads only after the end how much it has missed', () =>
    aboard(sh('read x; yes 0123456789abcdef | head -c 1000000'), { stdin: true }, async (box) => {
      const slow = await attached(box.dir, 'shim');
      slow.client.pause();
      await box.begin();
      await box.client.input('\n');
      // The others hear of the end at once; who is slow has two seconds for what is left.
      assert.equal((await box.client.ended)?.status, 0);
      slow.client.resume();
      assert.equal((await slow.client.ended)?.status, 0);
      assert(slow.heard.lost > 0n, 'it has missed something');
      assert.equal(slow.heard.out.length + Number(slow.heard.lost), 1_000_000);
      slow.client.close();
    }));

  it('gives everything to a client whose input comes too late', () =>
    aboard(sh('read x; echo heard'), { stdin: true }, async (box) => {
      const late = await attached(box.dir, 'shim');
      late.client.pause();
      await box.begin();
      await box.client.input('\n');
      assert.equal((await box.client.ended)?.status, 0);
      // Whoever writes to a socket that is closed loses what he has not read.
      await late.client.input('too late');
      await late.client.closeInput();
      late.client.resume();
      assert.equal((await late.client.ended)?.status, 0);
      assert.equal(late.heard.out, 'heard\n');
      late.client.close();
    }));

  it('waits for a client that has asked to miss nothing, also after the end', () =>
    aboard(sh('read x; yes 0123456789abcdef | head -c 3000000; echo; echo end'), { stdin: true }, async (box) => {
      const patient = await attached(box.dir, 'shim', true);
      patient.client.pause();
      await box.begin();
      await box.client.input('\n');
      await until('it waits', () => box.heard.out.length > 100_000);
      assert(!box.heard.out.includes('end'));
      patient.client.resume();
      assert.equal((await patient.client.ended)?.status, 0);
      assert.deepEqual([patient.heard.out.length, patient.heard.lost], [3_000_005, 0n]);
      assert(patient.heard.out.endsWith('end\n'));
      patient.client.close();
    }));

  it('goes on when the one who started it is killed, and is found again', async () => {
    const [id, logs] = [fresh('orphan'), join(folder, fresh('logs'))];
    mkdirSync(logs);
    const engine = fork(join(__dirname, 'helpers/engine.ts'), [], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const line = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done';
    engine.send({ id, run, bundle: bundle(), spec: sh(line), logs });
    await once(engine, 'message');
    const gone = once(engine, 'exit');
    engine.kill('SIGKILL');
    await gone;
    try {
      const dir = stateDir(run, id);
      assert.equal(state(run, id).status, 'running');
      const { client, heard } = await attached(dir, 'shim');
      await until('it says something', () => heard.out.length > 10);
      await client.signal(9);
      assert.deepEqual(await howEnded(client), { status: 137, signal: 9, oomKilled: false });
      const numbers = linesOf(join(logs, 'json.log')).map(({ log }) => Number(log));
      assert.deepEqual(
        numbers,
        [...numbers.keys()].map((index) => index + 1),
        'no line is missing',
      );
    } finally {
      await remove(run, id, { force: true });
    }
  });

  it('has a terminal that can be resized, and an input without end', () => {
    const spec = sh(
      'read w; stty size; read x; stty size; read y; echo "$y"; tty',
      ({ process }) => void (process.terminal = true),
    );
    return aboard(spec, { stdin: true }, async ({ begin, client, heard }) => {
      await client.resize(33, 77);
      await begin();
      await client.input('\n'); // after the size, on the same way
      await until('its size', () => heard.out.includes('33 77'));
      await client.resize(44, 99);
      await client.input('\n');
      await until('its new size', () => heard.out.includes('44 99'));
      await client.input('typed\n');
      assert.equal((await client.ended)?.status, 0);
      assert.match(heard.out, /typed\r\n\/dev\/pts\/0\r\n$/);
      assert.equal(heard.err, '');
    });
  });

  it('has a process of an exec beside it, with a socket and an end of its own', () =>
    aboard(specOf({ args: ['sleep', '1000'] }), {}, async ({ begin, id, dir, client }) => {
      await begin();
      const line = 'read x; echo "got $x"; exit 5';
      const added = await exec(run, id, {
        process: processOf(['sh', '-c', line]),
        vessel: { name: 'exec-1', stdin: true },
      });
      const session = await attached(dir, 'exec-1');
      await session.client.input('words\n');
      assert.equal((await session.client.ended)?.status, 5);
      assert.equal(session.heard.out, 'got words\n');
      assert.equal(await added.wait(), 5);
      assert.equal(readEnding(dir, 'exec-1')!.status, 5);
      assert.equal(readEnding(dir, 'shim'), undefined, 'the container goes on');
      session.client.close();
      await client.signal(9);
      await client.ended;
    }));

  it('has its log put aside when it is large, and so many of them kept', async () => {
    const logs = join(folder, fresh('logs'));
    const log = { directory: logs, maxBytes: 2000, maxFiles: 3 };
    await aboard(
      sh('i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done'),
      { log },
      async ({ begin, client }) => {
        await begin();
        await client.ended;
        assert.deepEqual(readdirSync(logs).sort(), ['json.log', 'json.log.1', 'json.log.2']);
        const kept = ['json.log.2', 'json.log.1', 'json.log'].flatMap((name) => linesOf(join(logs, name)));
        for (const name of readdirSync(logs)) assert(readFileSync(join(logs, name)).length <= 2000, name);
        assert.equal(kept.at(-1)!.log, 'line 199\n');
        const numbers = kept.map((line) => Number(line.log.slice(5)));
        assert.deepEqual(
          numbers,
          Array.from(numbers, (_, index) => numbers[0]! + index),
          'without a gap',
        );
      },
    );
  });

  it('has a log that can be read whatever it says', () => {
    const line = String.raw`printf 'quote " back \\ tab \t nul \000 bad \377\303( good \303\244\360\237\220\263 high \355\240\200\n'; head -c 20000 /dev/zero | tr '\0' x`;
    return aboard(sh(line), {}, async ({ begin, client, log }) => {
      await begin();
      await client.ended;
      const [first, ...long] = log().map((entry) => entry.log);
      assert.equal(first, 'quote " back \\ tab \t nul \0 bad \ufffd\ufffd( good ä🐳 high \ufffd\ufffd\ufffd\n');
      assert.deepEqual(
        long.map((part) => part.length),
        [16_384, 3_616],
      );
    });
  });

  it('goes on when its log is full, and the log says what it lacks', async () => {
    const logs = join(folder, fresh('logs'));
    mkdirSync(logs);
    native.mount('tmpfs', logs, 'tmpfs', 0, 'size=16k');
    try {
      const line =
        'i=0; while [ $i -lt 500 ]; do echo a line of the log, number $i; i=$((i+1)); done; read x; echo after';
      await aboard(sh(line), { stdin: true, log: { directory: logs } }, async ({ begin, client, heard }) => {
        writeFileSync(join(logs, 'ballast'), Buffer.alloc(4096));
        await begin();
        await until('all is said', () => heard.out.includes('number 499'));
        const before = linesOf(join(logs, 'json.log')).length;
        assert(before < 500, 'some are missing');
        writeFileSync(join(logs, 'ballast'), '');
        await client.input('\n');
        await client.ended;
        const [told, last] = linesOf(join(logs, 'json.log')).slice(-2);
        assert.deepEqual(
          [told!.stream, told!.log],
          ['stderr', `drydock: ${500 - before} lines could not be written here\n`],
        );
        assert.equal(last!.log, 'after\n');
      });
    } finally {
      native.umount2(logs, MNT_DETACH);
    }
  });

  it('has it written down when the kernel has ended it for its memory', async function () {
    if (hierarchies().length === 0) skip(this, 'no cgroups');
    const spec = sh('read x; exec dd if=/dev/zero of=/dev/null bs=100M count=1', ({ linux }) => {
      linux!.resources = { memory: { limit: 32 << 20, swap: 32 << 20 } };
    });
    await aboard(spec, { stdin: true }, async ({ begin, client, dir }) => {
      await begin();
      await client.input('\n');
      assert.deepEqual(await howEnded(client), { status: 137, signal: 9, oomKilled: true });
      assert.equal(readEnding(dir, 'shim')!.oomKilled, true);
    });
  });

  it('costs less than 1 MB of memory, also with clients and a log', () =>
    aboard(
      sh('read x; yes | head -c 500000; read y'),
      { stdin: true },
      async ({ begin, client, heard, dir, vessel }) => {
        const others = await Promise.all([1, 2, 3].map(() => attached(dir, 'shim')));
        await begin();
        await client.input('\n');
        await until('all is said', () => heard.out.length + Number(heard.lost) === 500_000);
        if (readFileSync(`/proc/${vessel}/maps`, 'utf8').includes('libasan')) return;
        const [resident, own] = ['VmRSS', 'RssAnon'].map((name) => parseInt(readStatus(vessel)!.get(name)!));
        assert(own! < 512, `${own} kB of its own`);
        // Before memfd the program is a file that each has for itself, and the kernel maps more of it at once.
        if (features().memfd) assert(resident! < 1024, `${resident} kB`);
        for (const other of others) other.client.close();
      },
    ));

  it('refuses clients that speak nonsense, and nobody else', () =>
    aboard(specOf({ args: ['cat'] }), { stdin: true }, async ({ begin, client, heard, dir }) => {
      await begin();
      for (const bytes of [
        Buffer.alloc(8, 0xff),
        Buffer.from([3, 0, 0, 0, 0xff, 0, 0, 0]),
        Buffer.from([77, 0, 0, 0, 0, 0, 0, 0]),
      ]) {
        const fd = native.connectUnix(join(dir, 'shim.sock'));
        native.send(fd, bytes);
        await until('it is shown out', () => {
          try {
            return native.receive(fd) === undefined;
          } catch {
            return true;
          }
        });
        (await import('node:fs')).closeSync(fd);
      }
      await client.input('still');
      await until('it answers', () => heard.out === 'still');
    }));
});
