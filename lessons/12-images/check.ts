/**
 * What has to hold in lesson images: first the names (check-chain.ts), then what an image says of its program
 * (check-command.ts, check-environment.ts), the whole last.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { consequence, type Check } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { imageOf, layerOf, withShelf } from './by-hand.ts';
import { chainChecks } from './check-chain.ts';
import { COMMAND, commandChecks, TOGETHER } from './check-command.ts';
import { environmentChecks, ONCE } from './check-environment.ts';
import { commandLine, variablesOf } from './from-config.ts';
import { started, withTheirs } from './theirs.ts';

const whole = consequence(
  'a container is what its image says: program, environment, directory and user, read from outside',
  {
    slot: COMMAND,
    needs: [TOGETHER, ONCE],
    see: 'ls -l /proc/PID/cwd; grep Uid /proc/PID/status    (PID: of the container)',
  },
  async (t) => {
    const theirs = await withTheirs(t);
    await withShelf(theirs, async ({ store, load }) => {
      const config = { Entrypoint: ['sleep'], Cmd: ['1000'], Env: ['ROLE=pilot'], WorkingDir: 'etc/../srv' };
      await load(imageOf('docker.io/library/hand:1', [await layerOf({ motd: 'ahoy\n' })], config));
      const image = await theirs.findImage(store, 'hand:1');
      const container = await started(t, image.config.config ?? {});
      if (typeof container === 'string')
        return t.must(false, { did: 'start', kernel: container, wanted: 'a container' });
      const seen = [
        commandLine(container),
        variablesOf(container, 'ROLE'),
        readlinkSync(`/proc/${container.pid}/cwd`),
        /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${container.pid}/status`, 'utf8'))?.[1],
      ].join(', ');
      const wanted = 'sleep 1000, ROLE=pilot, /srv, 1000';
      t.must(seen === wanted, { did: 'started hand:1 as user 1000', kernel: seen, wanted });
    });
  },
);

const left = nothingLeft(
  './drydock doctor; findmnt -t overlay',
  'Every container and every store of these checks was removed. What is left was made beside them.',
  'Your functions need nothing from the disk: a name is made of names, a command of words.',
);

export const checks: readonly Check[] = [...chainChecks, ...commandChecks, ...environmentChecks, whole, left];
