/**
 * What follows when a container's process has ended.
 *
 *     vessel says `ended` ──▶ record saved ──▶ everything is given back ──▶ event `die` ──▶ whoever waits hears of it
 *                                                                     └──▶ started again, or removed (--rm)
 *
 * The vessel has written the end to its file before it speaks, so an engine that was not there reads it later. That file
 * goes with everything else that is given back, and so not before the record has been saved: on a full disk it stays, unless
 * the container goes, too, and makes room.
 */
import { warn } from '../runtime/warning.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { failpoint } from './failpoint.ts';
import { lost, type End } from './fate.ts';
import { tellEndpoints, tellNetworks } from './network.ts';
import { needsAreMet } from './needs.ts';
import { isRestarted, pauseBefore } from './policy.ts';
import { destroy } from './destroy.ts';
import { exited, restarting } from './states.ts';
import { takeDownOrSay } from './take-down.ts';

/** How a container is started, for the policy: `launch` of start.ts. */
export type Launch = (engine: Engine, container: Container) => Promise<void>;

/** Waits for the end of a container that runs, and does what follows. */
export function follow(engine: Engine, container: Container, launch: Launch): void {
  const { vessel } = container;
  void vessel!.ended
    .then((ending) => {
      // An engine that lets go of its containers is not told of their end: they have none.
      if (container.vessel === vessel)
        return container.alone(async () => {
          await settle(engine, container, ending ?? lost());
          if (container.record.State.Restarting) scheduleRestart(engine, container, launch);
        });
    })
    .catch((error: Error) => warn(`after the end of ${container.record.Name}`, error));
}

/** Everything that follows from an end, within `alone`, but that it is started again: then it is `restarting`. */
export async function settle(
  engine: Engine,
  container: Container,
  { status, finished, oomKilled, error }: End,
): Promise<void> {
  const { record } = container;
  failpoint('end:seen');
  const end = { ExitCode: status, FinishedAt: finished, OOMKilled: oomKilled, Error: error };
  tellEndpoints(engine, record, 'disconnect');
  const State = exited(record.State, end);
  const again = isRestarted({ ...record, State });
  const ended = { ...record, State: again ? restarting(State) : State };
  const goes = !again && record.HostConfig.AutoRemove;
  if ((await container.saveOrSay(ended)) || goes) {
    failpoint('end:saved');
    await takeDownOrSay(engine, container);
    failpoint('end:released');
  }
  // Who looks sees the end when everything has been given back.
  record.State = ended.State;
  tellNetworks(engine, record);
  if (oomKilled) engine.events.emit('container', 'oom', record.Id, attributesOf(record));
  engine.events.emit('container', 'die', record.Id, attributesOf(record, { exitCode: String(status) }));
  container.tell('stopped');
  if (goes) await destroy(engine, container, { volumes: true });
}

/** Starts it again after a while, unless somebody stops it meanwhile. */
function scheduleRestart(engine: Engine, container: Container, launch: Launch): void {
  const { record, launched } = container;
  const { StartedAt, FinishedAt } = record.State;
  // What an earlier engine has started is known by the time of day alone.
  const ran = launched === undefined ? Date.parse(FinishedAt) - Date.parse(StartedAt) : performance.now() - launched;
  container.pause = pauseBefore(container.pause, ran);
  container.restart = setTimeout(() => {
    void needsAreMet(engine.containers, record)
      .then(() => container.alone(() => startAgain(engine, container, launch)))
      .catch((error: Error) => warn(`${record.Name} could not be started again`, error));
  }, container.pause);
}

/** A restart whose time has come, within `alone`: nothing if somebody has stopped it. */
export async function startAgain(engine: Engine, container: Container, launch: Launch): Promise<void> {
  if (!container.record.State.Restarting) return;
  container.record.RestartCount++;
  await launch(engine, container);
}

/** A container that was to be restarted stays as it ended, within `alone`. */
export async function cancelRestart(container: Container): Promise<void> {
  const { record } = container;
  clearTimeout(container.restart);
  const { ExitCode, FinishedAt, OOMKilled, Error } = record.State;
  record.State = exited(record.State, { ExitCode, FinishedAt, OOMKilled, Error });
  try {
    await container.save();
  } finally {
    container.tell('stopped');
  }
}
