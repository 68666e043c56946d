import assert from 'node:assert/strict';
import { Events } from '../../../src/engine/events.ts';

describe('what has happened', () => {
  it('has a time of its own, later than what was before, as clients read it', () => {
    const events = new Events();
    for (let i = 0; i < 100; i++) events.emit('container', 'start', String(i));
    const past = events.subscribe({ since: 0, until: Date.now() / 1000 + 60 });
    const times = Array.from({ length: 100 }, async () => (await past.next()).value?.timeNano as number);
    return Promise.all(times).then((all) => {
      const sent = all.map((time) => BigInt(JSON.stringify(time)));
      for (const [i, time] of sent.entries()) assert(i === 0 || time > sent[i - 1]!, `${i}: ${time}`);
    });
  });

  it('is told until the moment that was asked for, also after somebody has set the clock back', async () => {
    const events = new Events();
    const { now } = Date;
    try {
      Date.now = () => now() + 3_600_000;
      events.emit('container', 'create', 'before');
    } finally {
      Date.now = now;
    }
    const until = Date.now() / 1000 + 60;
    const told = events.subscribe({ until });
    events.emit('container', 'start', 'now');
    assert.equal((await told.next()).value?.Action, 'start');
    await told.return?.();
    const over = events.subscribe({ since: 0, until: Date.now() / 1000 - 1 });
    events.emit('container', 'stop', 'now');
    assert.equal((await over.next()).done, true);
  });
});
