/**
 * kill -9 of each part in turn, and a number that belongs to somebody else by now.
 *
 * What must not happen: that a container is lost with whoever made it, that nobody knows how it ended, and that somebody
 * else's process is taken for it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { until } from '../../src/learn/facts.ts';
import { features } from '../../src/linux/features.ts';
import { projectHome } from '../../src/linux/native.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { defaultSpec } from '../../src/runtime/default-spec.ts';
import * as ours from '../../src/runtime/index.ts';
import { removeLeftovers } from '../../src/runtime/remove.ts';
import { findState, holdFirst, readClaims, readState, stateDir } from '../../src/runtime/state.ts';
import { runFolder, withBox } from './box.ts';

/** A hook is a child of the drydock that creates: so it can kill it, at one certain moment. */
const killsItsParent = { path: '/bin/sh', args: ['sh', '-c', 'kill -9 $PPID; sleep 0.1'] };

const creator: Attack = {
  name: 'kill -9 of drydock, while it creates and afterwards',
  undefended: 'killed before the state is saved',
  defended: 'killed behind it',
  async attempt(target, isDefended) {
    const [run, id] = [runFolder(), `killed-${randomBytes(4).toString('hex')}`];
    const bundle = join(run, `${id}.bundle`);
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    const root = { path: await labRoot(process.env.DRYDOCK_ROOT ?? '/var/lib/drydock'), readonly: true };
    const hooks = isDefended ? {} : { createRuntime: [killsItsParent] };
    const spec = { ...defaultSpec({ args: ['sleep', '1000'] }, features()), root, hooks };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
    try {
      const drydock = [process.execPath, join(projectHome(), 'dist/drydock.cjs'), 'oci', '--root', run];
      await (
        await target.outsider([...drydock, 'create', '--bundle', bundle, id])
      ).ended;
      const state = findState(run, id);
      if (state) {
        await ours.start(run, id);
        return { succeeded: false, seen: `another process has started it: ${ours.state(run, id).status}` };
      }
      const claims = readClaims(stateDir(run, id));
      return {
        succeeded: true,
        seen: `no container; ${Object.keys(claims?.claims ?? {}).length} claims on record`,
      };
    } finally {
      // What `drydock doctor --repair` does.
      if (findState(run, id)) await ours.remove(run, id, { force: true });
      else await removeLeftovers(stateDir(run, id));
      rmSync(bundle, { recursive: true });
    }
  },
};

const shim: Attack = {
  name: 'kill -9 of the program, so that nobody knows how it ended',
  undefended: 'its shim was killed first',
  defended: 'its shim lives',
  attempt: (_target, isDefended) =>
    withBox(ours, { supervise: true }, async ({ run, id, dir, container }) => {
      await ours.start(run, id);
      const parent = readStat(container.pid)!.parent;
      if (!isDefended) {
        process.kill(parent, 'SIGKILL');
        await container.wait();
      }
      const lives = readStat(container.pid)?.isBeforeExec === false && ours.state(run, id).status === 'running';
      process.kill(container.pid, 'SIGKILL');
      await until(() => ours.state(run, id).status === 'stopped');
      if (isDefended) await container.wait();
      const file = join(dir, 'exit');
      const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      const said = text === undefined ? 'is not there' : `says ${(JSON.parse(text) as { status: number }).status}`;
      return { succeeded: text === undefined, seen: `it ${lives ? 'ran on' : 'was gone'}; exit ${said}` };
    }),
};

const number: Attack = {
  name: 'signal a container whose number somebody else has',
  undefended: 'asked for by its number',
  defended: 'by number, start time and boot',
  attempt: (target, isDefended) =>
    withBox(ours, {}, async ({ run, id }) => {
      const other = await target.outsider(['sleep', '1000']);
      // As after many births: the container's number has come round.
      const saved = { ...readState(run, id), pid: other.pid };
      if (!isDefended) {
        const reached = process.kill(other.pid, 0);
        return { succeeded: reached, seen: 'sleep would have got the signal' };
      }
      const first = holdFirst(saved);
      first?.close();
      return {
        succeeded: first !== undefined,
        seen: first ? 'sleep was taken for it' : 'there is no such container process',
      };
    }),
};

export const attacks: readonly Attack[] = [creator, shim, number];

export const breakIt = breaking(attacks, {
  lesson: 'lifecycle',
  seconds: 4,
  question: 'What is left when somebody of them is killed?',
  turn: ['./drydock read lifecycle', 'who survives whom, and what doctor finds'],
});
