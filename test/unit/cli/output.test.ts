import assert from 'node:assert/strict';
import { labelled, lookOf, table, wrap } from '../../../src/cli/output.ts';

describe('output', () => {
  it('wraps at words', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('unbreakable', 4), ['unbreakable']);
    assert.deepEqual(wrap('', 4), ['']);
  });

  it('puts a text beside its label', () => {
    assert.equal(labelled('hint', 'a b', { columns: 80 }), '  hint     a b');
    assert.equal(
      labelled('hint', `${'x'.repeat(60)} ${'y'.repeat(60)}`).split('\n')[1],
      `${' '.repeat(11)}${'y'.repeat(60)}`,
    );
  });

  it('lines up columns', () => {
    assert.equal(
      table([
        ['ID', 'PID'],
        ['longer', '1'],
      ]),
      'ID      PID\nlonger  1',
    );
  });

  it('has colour on a terminal only, and not when it is unwanted', () => {
    const { NO_COLOR, TERM } = process.env;
    try {
      delete process.env.NO_COLOR;
      process.env.TERM = 'xterm';
      assert.equal(lookOf({ isTTY: true, columns: 100 }).style.level, 1);
      assert.equal(lookOf({ isTTY: false }).style.level, 0);
      assert.equal(lookOf({ isTTY: true }, { plain: true }).style.level, 0);
      process.env.TERM = 'dumb';
      assert.equal(lookOf({ isTTY: true }).style.level, 0);
      process.env.TERM = 'xterm';
      process.env.NO_COLOR = '1';
      assert.equal(lookOf({ isTTY: true }).style.level, 0);
      assert.equal(lookOf({}).columns, 80);
    } finally {
      for (const [name, value] of Object.entries({ NO_COLOR, TERM }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });
});
