import assert from 'node:assert/strict';
import { Frames } from '../../../src/client/frames.ts';

const frame = (kind: number, text: string): Buffer => {
  const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

function heard(pieces: readonly Buffer[]): { stdout: string; stderr: string } {
  const all = { stdout: '', stderr: '' };
  const frames = new Frames({
    stdout: (bytes) => (all.stdout += bytes.toString()),
    stderr: (bytes) => (all.stderr += bytes.toString()),
  });
  for (const piece of pieces) frames.push(piece);
  frames.end();
  return all;
}

describe('framed output', () => {
  const whole = Buffer.concat([frame(1, 'one '), frame(2, 'err'), frame(1, ''), frame(0, 'two')]);
  it('is told apart, wherever it is cut', () => {
    for (let size = 1; size <= whole.length; size++) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      assert.deepEqual(heard(pieces), { stdout: 'one two', stderr: 'err' }, `in pieces of ${size}`);
    }
  });
  it('has not ended when bytes are missing', () => {
    assert.throws(() => heard([whole.subarray(0, -1)]), { code: 'ENGINE', message: /1 bytes too early/ });
    assert.throws(() => heard([frame(1, 'x').subarray(0, 3)]), { code: 'ENGINE', message: /5 bytes too early/ });
  });
  it('may be the engine’s complaint', () => {
    assert.throws(() => heard([frame(3, 'the log is gone')]), {
      message: 'error from daemon in stream: the log is gone',
    });
  });
  it('is refused when its kind is none', () => assert.throws(() => heard([frame(7, 'x')]), { message: /of kind 7/ }));
});
