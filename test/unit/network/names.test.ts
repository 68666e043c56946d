import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frame, framed } from '../../../src/network/names/forward.ts';
import { answerTo, codes, questionIn, refusalTo, types } from '../../../src/network/names/message.ts';

function question(name: string, type: number): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(String.fromCharCode(label.length) + label));
  const head = Buffer.from('abcd01000001000000000000', 'hex');
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

describe('a question to the name server', () => {
  it('is read with its name in small letters', () => {
    const message = question('Web.App', types.A);
    assert.deepEqual(questionIn(message), { name: 'web.app', type: types.A, end: message.length });
  });

  it('that is none, or is cut off, or points elsewhere, is none', () => {
    const message = question('web', types.A);
    for (let end = 0; end < message.length; end++)
      assert.equal(questionIn(message.subarray(0, end)), undefined, `${end}`);
    const pointer = Buffer.from(message);
    pointer[12] = 0xc0;
    assert.equal(questionIn(pointer), undefined);
    const answer = Buffer.from(message);
    answer[2] = 0x81;
    assert.equal(questionIn(answer), undefined);
  });

  it('of any bytes comes to an end', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void questionIn(Buffer.from(bytes))));
  });
});

describe('an answer of the name server', () => {
  it('has the question, its number, and an address for each record', () => {
    const message = question('web', types.A);
    const answer = answerTo(message, questionIn(message)!, ['10.215.0.2', '10.215.0.3'], 512);
    assert.equal(answer.subarray(0, 12).toString('hex'), 'abcd81800001000200000000');
    assert.equal(answer.subarray(-4).toString('hex'), '0ad70003');
    assert.equal(answer.length, message.length + 2 * 16);
  });

  it('says that it is cut when not all fits', () => {
    const message = question('web', types.A);
    const many = Array.from({ length: 100 }, (_, i) => `10.215.0.${i}`);
    const answer = answerTo(message, questionIn(message)!, many, 512);
    assert(answer.length <= 512);
    assert(answer.readUInt16BE(2) & 0x0200);
    assert.equal(answer.readUInt16BE(6), Math.floor((512 - message.length) / 16));
  });

  it('may be a refusal, which has the question when there was one', () => {
    const message = question('web', types.A);
    assert.equal(refusalTo(message, codes.noSuchName).readUInt16BE(2) & 0xf, codes.noSuchName);
    assert.equal(refusalTo(message, codes.noSuchName).length, message.length);
    assert.equal(refusalTo(Buffer.alloc(12), codes.format).length, 12);
  });
});

describe('messages on a stream', () => {
  it('come whole, however they were cut', () => {
    const stream = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('three'))]);
    for (let size = 1; size <= stream.length; size++) {
      const heard: string[] = [];
      const read = framed((message) => heard.push(message.toString()));
      for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
      assert.deepEqual(heard, ['one', 'three']);
    }
  });
});
