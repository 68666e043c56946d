import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { demultiplex } from '../../../src/client/frames.ts';

const frame = (kind: number, text: string): Buffer => {
  const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

async function heard(pieces: readonly Buffer[]): Promise<{ stdout: string; stderr: string }> {
  const all = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of demultiplex(Readable.from(pieces)))
    all[stream === 2 ? 'stderr' : 'stdout'] += bytes.toString();
  return all;
}

describe('framed output', () => {
  const whole = Buffer.concat([frame(1, 'one '), frame(2, 'err'), frame(1, ''), frame(0, 'two')]);
  it('is told apart, wherever it is cut', async () => {
    for (let size = 1; size <= whole.length; size++) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      assert.deepEqual(await heard(pieces), { stdout: 'one two', stderr: 'err' }, `in pieces of ${size}`);
    }
  });
  it('has not ended when bytes are missing', async () => {
    await assert.rejects(heard([whole.subarray(0, -1)]), { code: 'ENGINE', message: /1 bytes too early/ });
    await assert.rejects(heard([frame(1, 'x').subarray(0, 3)]), { code: 'ENGINE', message: /5 bytes too early/ });
  });
  it('may be the engine’s complaint', async () => {
    await assert.rejects(heard([frame(3, 'the log is gone')]), {
      message: 'error from daemon in stream: the log is gone',
    });
  });
  it('is refused when its kind is none', () => assert.rejects(heard([frame(7, 'x')]), { message: /of kind 7/ }));
});
