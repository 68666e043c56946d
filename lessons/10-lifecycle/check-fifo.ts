/**
 * The two ends of the fifo: the one in the process that waits, and the one of whoever starts it, on a fifo of our own,
 * where a mistake starts nothing.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { until } from '../../src/learn/facts.ts';
import { LOCK_EX, LOCK_NB, O_CLOEXEC, O_NONBLOCK, O_RDWR, O_WRONLY } from '../../src/linux/constants.ts';
import { errorName } from '../../src/linux/errno.ts';
import { native } from '../../src/linux/native.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { descriptorsTo, PATIENCE_MS, withBox } from './box.ts';

const FIFO = 'go.ts#makeFifo';
const KNOCK = 'go.ts#knock';
const HELD = 'the process that waits holds the fifo for reading and writing';
const BYTE = 'a starter opens the fifo without waiting, and writes one byte';

export const held = check(
  HELD,
  {
    slot: FIFO,
    see: 'ls -l /proc/PID/fd; cat /proc/PID/fdinfo/N; ls -l RUN/*/go    (PID: of the container)',
    hint: ({ mode, flags }) => [
      'Look at the descriptor in the process that waits: /proc/PID/fdinfo says how it was opened.',
      mode === '600'
        ? `Its flags are 0${String(flags)} (octal). The last digit is 0 for reading, 1 for writing, 2 for both; 4000 is O_NONBLOCK.`
        : `The fifo has the mode ${String(mode)}: others than its owner could start the container, or keep it from starting.`,
      'native.mkfifo(path, 0o600), and openSync(path, O_RDWR | O_NONBLOCK | O_CLOEXEC).',
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async ({ dir, container: { pid } }) => {
      const path = join(dir, 'go');
      const mode = t.fact('mode', (statSync(path).mode & 0o777).toString(8));
      const [found] = descriptorsTo(pid, path);
      const flags = t.fact('flags', (found?.flags ?? 0).toString(8));
      const isRight = found !== undefined && (found.flags & 3) === O_RDWR && (found.flags & O_NONBLOCK) !== 0;
      t.must(isRight && mode === '600', {
        did: 'mkfifo, open',
        kernel: `mode ${mode}, flags 0${flags} in process ${pid}`,
        wanted: 'mode 600; O_RDWR and O_NONBLOCK (02 and 04000)',
      });
    });
  },
);

export const silent = consequence(
  'a starter that says nothing starts nothing, and wakes nobody',
  { slot: FIFO, needs: [HELD], see: ': > RUN/*/go; grep State /proc/PID/status    (PID: of the container)' },
  async (t) => {
    await withBox(t.runtime, {}, async ({ run, id, dir, container: { pid } }) => {
      closeSync(openSync(join(dir, 'go'), O_WRONLY | O_NONBLOCK));
      const isAsleep = await until(() => readStat(pid)?.state === 'S', PATIENCE_MS);
      const { status } = t.runtime.state(run, id);
      t.must(isAsleep && status === 'created', {
        did: 'opened the fifo, and closed it again',
        kernel: `${status}, State: ${readStat(pid)?.state}`,
        wanted: 'created, and asleep (S)',
      });
    });
  },
);

export const byte = check(
  BYTE,
  {
    slot: KNOCK,
    see: 'strace -e openat,write,flock ./drydock oci start ID',
    hint: ({ bytes, flags }) => [
      'One process waits at the fifo until there is a byte. Who may be waiting at the other end, and for what?',
      flags !== undefined
        ? `It was opened with the flags 0${String(flags)}: without O_NONBLOCK (04000) an open for writing waits for a reader, for ever if the container is dead; without O_CLOEXEC (02000000) programs inherit it.`
        : `${String(bytes)} bytes were in the fifo afterwards. The first one starts the container; one more would be for nobody.`,
      "const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC); …; writeSync(fifo, '0'); return fifo;",
    ],
  },
  (t) =>
    withFifo((path, ours) => {
      const fifo = knockBy(t)(path);
      const [found] = descriptorsTo('self', path).filter(({ fd }) => fd === fifo);
      const isRight = found !== undefined && (found.flags & O_NONBLOCK) !== 0 && (found.flags & O_CLOEXEC) !== 0;
      const bytes = t.fact('bytes', bytesIn(ours));
      if (!isRight) t.fact('flags', (found?.flags ?? 0).toString(8));
      closeSync(fifo);
      t.must(isRight && bytes === 1, {
        did: 'knock at a fifo that we hold ourselves',
        kernel: `${bytes} bytes came; opened with 0${(found?.flags ?? 0).toString(8)}`,
        wanted: '1 byte, through a descriptor with O_NONBLOCK and O_CLOEXEC',
      });
    }),
);

export const oneOfTwo = check(
  'of two starters at the same moment one is refused, and leaves nothing open',
  {
    slot: KNOCK,
    needs: [BYTE],
    see: './drydock oci start ID & ./drydock oci start ID',
    hint: ({ threw, bytes, left }) => [
      'Two engines start the same container at the same moment. Both may see "created". What must happen only once?',
      threw === undefined
        ? 'While somebody else held the lock, the knock went through: the second byte is read by nobody, and both believe that they have started it.'
        : Number(bytes) > 0
          ? `It was refused with ${String(threw)}, but had written its byte before: first the lock, then the byte.`
          : `It was refused with ${String(threw)}, and ${String(left)} descriptor to the fifo stayed open: a second knock from the same process would find its own lock in the way.`,
      'native.flock(fifo, LOCK_EX | LOCK_NB) before the write, both in a try; in its catch: closeSync(fifo); throw cause;',
    ],
  },
  (t) =>
    withFifo((path, ours) => {
      const first = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      native.flock(first, LOCK_EX | LOCK_NB);
      const threw = t.fact(
        'threw',
        thrownBy(() => knockBy(t)(path)),
      );
      const bytes = t.fact('bytes', bytesIn(ours));
      closeSync(first);
      const left = t.fact('left', descriptorsTo('self', path).filter(({ fd }) => fd !== ours).length);
      t.must(threw === 'EAGAIN' && bytes === 0 && left === 0, {
        did: 'knock, while another starter holds the lock (flock)',
        kernel: `${threw ?? 'went through'}; ${bytes} bytes written; ${left} descriptors left open`,
        wanted: 'EAGAIN; 0 bytes; 0 descriptors',
      });
    }),
);

export const dead = consequence(
  'at the fifo of a dead container nobody waits for ever',
  {
    slot: KNOCK,
    needs: [BYTE],
    see: 'kill -9 PID; echo > RUN/*/go    (waits: the shell opens without O_NONBLOCK; PID: of the container)',
  },
  async (t) => {
    await withBox(t.runtime, {}, async ({ dir, container }) => {
      process.kill(container.pid, 'SIGKILL');
      await container.wait();
      const threw = thrownBy(() => knockBy(t)(join(dir, 'go')));
      t.must(threw === 'ENXIO', { did: 'knock', kernel: threw ?? 'went through', wanted: 'ENXIO: nobody reads it' });
    });
  },
);

const knockBy = (t: Bench): ((path: string) => number) => functionOf(t, KNOCK);

/** A fifo of our own with somebody waiting at it: us. */
async function withFifo(use: (path: string, ours: number) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-fifo-'));
  const path = join(folder, 'go');
  try {
    native.mkfifo(path, 0o600);
    const ours = openSync(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    try {
      use(path, ours);
    } finally {
      for (const { fd } of descriptorsTo('self', path)) closeSync(fd);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bytesIn(fifo: number): number {
  try {
    return readSync(fifo, Buffer.alloc(16));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** The name of the errno; undefined when nothing was thrown. */
function thrownBy(work: () => number): string | undefined {
  try {
    closeSync(work());
    return undefined;
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === undefined) throw error;
    return errorName(Math.abs(errno));
  }
}
