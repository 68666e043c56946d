/** A relay that somebody kills, stops or forgets: what its engine, or the next one, makes of it. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { leavesNothing, until } from '../support.ts';
import { answers, asks, Lab, serves, type Started } from './lab.ts';
import {
  isGone,
  listensIn,
  networksFor,
  pathOfRelay,
  published,
  recordOfRelay,
  type RelayRecord,
} from './relay-support.ts';

describe('a relay', () => {
  leavesNothing();
  describe('that', () => {
    let lab: Lab;
    beforeEach(async () => {
      lab = new Lab();
      await lab.open();
      await networksFor(lab);
    });
    afterEach(() => lab.close());

    const web = async (): Promise<Started> => {
      const one = await lab.start('one', published('app'), serves(80, 'hello'));
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      return one;
    };
    const relayOf = (one: Started): RelayRecord | undefined => {
      try {
        return recordOfRelay(lab, one);
      } catch {
        return undefined;
      }
    };
    const kill = async (pid: number): Promise<void> => {
      process.kill(pid, 'SIGKILL');
      await until('it has ended', () => isGone(pid));
    };
    /** Another one than `before` is at work. */
    const another = (one: Started, before: number): Promise<RelayRecord> =>
      until('another one is begun', () => {
        const now = relayOf(one);
        return now && now.pid !== before && !isGone(now.pid) ? now : undefined;
      });
    /** What `ps` and `inspect` leave out. */
    const missing = async (one: Started): Promise<string> =>
      JSON.stringify((await lab.tell('withoutRelay', one.record)) ?? 'nothing');
    const ONLY_FOUR = '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]}';

    it('is killed is begun anew by its engine, but not when three have ended so', async () => {
      const one = await web();
      let { pid } = relayOf(one)!;
      for (let times = 0; times < 2; times++) {
        await kill(pid);
        ({ pid } = await another(one, pid));
        await answers(() => lab.host(asks('::1', 8080)), 'hello');
        assert.equal(await missing(one), '"nothing"');
      }
      // One that dies again and again would keep the machine busy.
      await kill(pid);
      await until('its ports are missing', async () => (await missing(one)) === ONLY_FOUR);
      assert.equal(await lab.host(asks('127.0.0.1', 8080)), 'hello');
      assert.equal(await listensIn(lab, 8080, '::'), 'on');
      assert.equal(relayOf(one)?.pid, pid);
    });

    it('was adopted is begun anew when it is killed, as one of its own', async () => {
      const one = await web();
      const { pid } = relayOf(one)!;
      await lab.killEngine();
      await lab.startEngine();
      // Twice: it is looked after once all the same.
      for (let times = 0; times < 2; times++) await lab.tell('adopt', one.record, one.pid);
      assert.equal(relayOf(one)!.pid, pid);
      await kill(pid);
      await another(one, pid);
      await answers(() => lab.host(asks('::1', 8080)), 'hello');
      assert.equal(await missing(one), '"nothing"');
    });

    it('was adopted and is asked to end is not begun anew', async () => {
      const one = await web();
      const { pid } = relayOf(one)!;
      await lab.killEngine();
      await lab.startEngine();
      await lab.tell('adopt', one.record, one.pid);
      await lab.tell('disconnect', 'app', one.record, one.pid);
      assert(isGone(pid));
      assert.equal(relayOf(one), undefined);
      assert.equal(await listensIn(lab, 8080, '::'), 'on');
    });

    it('is killed and ended at the same time is not begun anew', async () => {
      const one = await web();
      const { pid } = relayOf(one)!;
      process.kill(pid, 'SIGKILL');
      await lab.tell('disconnect', 'app', one.record, one.pid);
      assert.equal(relayOf(one), undefined);
      assert.equal(await listensIn(lab, 8080, '::'), 'on');
    });

    it('does not end when it is asked to is killed', async () => {
      const one = await web();
      const { pid } = relayOf(one)!;
      process.kill(pid, 'SIGSTOP');
      await lab.clear();
      assert(isGone(pid));
      assert.equal(await listensIn(lab, 8080, '::'), 'on');
    });

    it('has died while another program took its port is said to lead nowhere, and IPv4 goes on', async () => {
      const one = await web();
      await lab.killEngine();
      await kill(relayOf(one)!.pid);
      assert.equal(await listensIn(lab, 8080, '::'), 'on');
      await lab.startEngine();
      await lab.tell('adopt', one.record, one.pid);
      assert.equal(await missing(one), ONLY_FOUR);
      assert.equal(await lab.host(asks('127.0.0.1', 8080)), 'hello');
      assert.equal(await listensIn(lab, 8080, '127.0.0.1'), 'EADDRINUSE');
    });

    for (const [what, text] of Object.entries({
      'is half written': '{"pid": 12',
      'is empty': '',
      'says nothing': 'null',
      'says too little': '{"pid": 1}',
    }))
      it(`has died, and whose record ${what}, is begun anew by the next engine`, async () => {
        const one = await web();
        const { pid } = relayOf(one)!;
        await lab.killEngine();
        await kill(pid);
        const path = pathOfRelay(lab, one);
        writeFileSync(path, text);
        await lab.startEngine();
        await lab.tell('adopt', one.record, one.pid);
        assert.notEqual(relayOf(one)!.pid, pid);
        assert.equal(await lab.host(asks('::1', 8080)), 'hello');
      });

    it('was not on record yet is begun anew by the next engine, whatever is left of the writing', async () => {
      const one = await web();
      const { pid } = relayOf(one)!;
      await lab.killEngine();
      // It ends with the engine until the go, which comes behind the record.
      await kill(pid);
      const path = pathOfRelay(lab, one);
      rmSync(path);
      writeFileSync(`${path}.new`, '{"pid": 12');
      await lab.startEngine();
      await lab.tell('adopt', one.record, one.pid);
      assert.equal(await lab.host(asks('::1', 8080)), 'hello');
    });
  });
});
