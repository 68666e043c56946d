/**
 * Health checks: a command that is run in a container again and again, and what its exit codes come to.
 *
 *                    exit 0                     Retries times not 0
 *     starting ─────────────────▶ healthy ◀─────────────────────▶ unhealthy
 *         └── not 0, after StartPeriod: counted as above             exit 0
 *
 * Ages are measured by a clock that nobody sets (clock_gettime(2), CLOCK_MONOTONIC): StartPeriod neither ends nor goes on
 * because somebody has set the time of day.
 *
 * The checks follow the events: they begin with `start` and end with `die`, and an engine that opens goes on with those of
 * containers that run. What was found last stands in the record's `State.Health`; it is written to the disk when the status
 * changes, not each time.
 */
import { DrydockError } from '../errors.ts';
import { signals } from '../linux/constants.ts';
import { warn } from '../runtime/warning.ts';
import { longSleep } from '../linux/timer.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import type { Engine, Sink } from './engine.ts';
import { createExec, startExec } from './exec.ts';
import type { ContainerConfig, Health, HealthConfig } from './types.ts';

/** Nanoseconds, as Docker's API has them. */
const [DEFAULT_INTERVAL, DEFAULT_TIMEOUT] = [30e9, 30e9];
const DEFAULT_RETRIES = 3;
const KEPT_RESULTS = 5;
const KEPT_OUTPUT = 4096;

type Result = Health['Log'][number];

/** Watches all containers of an engine until the answer is called. */
export function watchHealth(engine: Engine): () => Promise<void> {
  const watches = new Map<string, AbortController>();
  const stop = (id: string): void => {
    watches.get(id)?.abort();
    watches.delete(id);
  };
  const begin = (id: string): void => {
    stop(id);
    const container = engine.containers.get(id);
    const command = container && commandOf(container.record.Config);
    if (!container?.record.State.Running || !command) return;
    const watch = new AbortController();
    watches.set(id, watch);
    checkAgainAndAgain(engine, container, command, watch.signal).catch((error: Error) => {
      // One that has ended in the middle of a check is no news: its `die` is on the way.
      const isOver = watch.signal.aborted || container.record.State.Pid === 0;
      if (!isOver) warn(`the health check of ${container.record.Name}`, error);
    });
  };
  const events = engine.events.subscribe({ filters: { type: ['container'], event: ['start', 'die'] } });
  const listening = (async () => {
    for await (const { Action, Actor } of events) (Action === 'start' ? begin : stop)(Actor.ID);
  })();
  for (const { id } of engine.containers.all()) begin(id);
  return async () => {
    await events.return?.();
    await listening;
    for (const id of [...watches.keys()]) stop(id);
  };
}

/** The words of the check; undefined where there is none. */
export function commandOf({
  Healthcheck,
  Shell,
}: Pick<ContainerConfig, 'Healthcheck' | 'Shell'>): string[] | undefined {
  const [form, ...words] = Healthcheck?.Test ?? [];
  if (form === 'CMD' && words.length > 0) return words;
  return form === 'CMD-SHELL' && words.length > 0 ? [...(Shell ?? ['/bin/sh', '-c']), ...words] : undefined;
}

async function checkAgainAndAgain(
  engine: Engine,
  container: Container,
  command: string[],
  signal: AbortSignal,
): Promise<void> {
  const { Healthcheck = {} } = container.record.Config;
  // One that an earlier engine has watched goes on from where it was.
  const known = container.record.State.Health;
  const began = performance.now() - Math.max(0, Date.now() - Date.parse(container.record.State.StartedAt));
  if (!known || known.Status === 'none') await set(container, { Status: 'starting', FailingStreak: 0, Log: [] });
  for (;;) {
    await longSleep((Healthcheck.Interval || DEFAULT_INTERVAL) / 1e6, signal);
    if (container.record.State.Paused) continue;
    const age = performance.now() - began;
    const result = await check(engine, container, command, Healthcheck.Timeout || DEFAULT_TIMEOUT);
    if (signal.aborted) return;
    await judge(engine, container, result, age);
  }
}

/** Only a change of the status is worth a write to the disk. */
function set(container: Container, health: Health): Promise<void> {
  return container.alone(async () => {
    const { record } = container;
    if (!record.State.Running) return;
    const isNews = record.State.Health?.Status !== health.Status;
    record.State.Health = health;
    if (isNews) await container.saveOrSay();
  });
}

async function judge(engine: Engine, container: Container, result: Result, ageMs: number): Promise<void> {
  const { record } = container;
  const before = record.State.Health!;
  const health = judged(before, result, record.Config.Healthcheck ?? {}, ageMs);
  await set(container, health);
  if (health.Status === before.Status) return;
  engine.events.emit('container', `health_status: ${health.Status}`, record.Id, attributesOf(record));
}

/** What one more result makes of the health. `ageMs`: for how long the container had run when it was asked. */
export function judged(before: Health, result: Result, config: HealthConfig, ageMs: number): Health {
  const Log = [...before.Log, result].slice(-KEPT_RESULTS);
  if (result.ExitCode === 0) return { Status: 'healthy', FailingStreak: 0, Log };
  // Whoever is still starting may fail as often as it wants.
  if (before.Status === 'starting' && ageMs * 1e6 < (config.StartPeriod ?? 0)) return { ...before, Log };
  const FailingStreak = before.FailingStreak + 1;
  const isOver = FailingStreak >= (config.Retries || DEFAULT_RETRIES);
  return { Status: isOver ? 'unhealthy' : before.Status, FailingStreak, Log };
}

async function check(engine: Engine, container: Container, command: string[], timeout: number): Promise<Result> {
  const Start = new Date().toISOString();
  const ended = (ExitCode: number, Output: string): Result => ({
    Start,
    End: new Date().toISOString(),
    ExitCode,
    Output,
  });
  const { Id } = await createExec(engine, container.id, { Cmd: command, AttachStdout: true, AttachStderr: true });
  const session = container.execs.get(Id)!;
  const output: Buffer[] = [];
  const sink: Sink = { write: (_stream, bytes) => void (lengthOf(output) <= KEPT_OUTPUT && output.push(bytes)) };
  try {
    const client = await startExec(engine, Id, {}, sink);
    const late = new AbortController();
    const isLate = await Promise.race([
      client!.ended.then(() => false),
      longSleep(timeout / 1e6, late.signal).then(
        () => true,
        () => true,
      ),
    ]);
    late.abort();
    if (isLate) {
      await session.vessel?.signal(signals.SIGKILL!);
      return ended(-1, `Health check exceeded timeout (${timeout / 1e9}s)`);
    }
    return ended(session.exitCode!, textOf(output));
  } catch (error) {
    if (!(error instanceof DrydockError)) throw error;
    return ended(-1, error.message);
  } finally {
    container.execs.delete(Id);
    session.forget();
  }
}

const lengthOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

/** Whose end is not shown, ends in three dots (moby, daemon/health.go, limitedBuffer). */
const textOf = (pieces: readonly Buffer[]): string =>
  Buffer.concat(pieces).subarray(0, KEPT_OUTPUT).toString() + (lengthOf(pieces) > KEPT_OUTPUT ? '...' : '');
