/** Further processes in containers that run: `/containers/{c}/exec` makes one, `/exec/{id}` is what becomes of it. */
import type { Engine } from '../../engine/engine.ts';
import {
  createExec,
  demandStartable,
  inspectExec,
  resizeExec,
  sizeAsked,
  startExec,
  type ExecStart,
} from '../../engine/exec.ts';
import { DrydockError, type ErrorCode } from '../../errors.ts';
import { route, type Reply, type Route } from '../api.ts';
import { hijack } from '../hijack.ts';
import { created, empty, json } from '../reply.ts';
import { execRequest, execStart } from '../schemas/execs.ts';
import { converse, LateSink } from '../talk.ts';
import { sizeOf } from './container-streams.ts';

export const execs: readonly Route[] = [
  route('POST /containers/{name}/exec', async (call, engine) =>
    created(await createExec(engine, call.name, await call.json(execRequest))),
  ),
  route('POST /exec/{id}/start', async (call, engine) => {
    const id = call.param('id');
    const { Detach: detach = false, ConsoleSize } = (await call.jsonIfAny(execStart)) ?? {};
    const size = sizeAsked(ConsoleSize);
    if (detach) {
      await startExec(engine, id, { detach, size });
      return empty(200);
    }
    demandStartable(engine, id);
    return started(engine, id, { size });
  }),
  route('POST /exec/{id}/resize', async (call, engine) => {
    await resizeExec(engine, call.param('id'), ...sizeOf(call.query));
    return empty(200);
  }),
  route('GET /exec/{id}/json', (call, engine) => json(inspectExec(engine, call.param('id')))),
];

const programs: readonly ErrorCode[] = ['PROGRAM_NOT_FOUND', 'PROGRAM_NOT_EXECUTABLE', 'START_FAILED'];

const isAboutProgram = (error: unknown): error is DrydockError =>
  error instanceof DrydockError && programs.includes(error.code);

/**
 * The head of the answer goes out before the program is started, as Docker's does: python3-docker reads the head with what
 * has come right behind it, and loses that. So why a program cannot be run is said where its output would be, and its exit
 * code is asked for afterwards.
 */
function started(engine: Engine, id: string, wanted: ExecStart): Reply {
  const sink = new LateSink(inspectExec(engine, id).ProcessConfig.tty);
  return hijack(async (wire) => {
    try {
      await converse(wire, (await startExec(engine, id, wanted, sink))!, sink);
    } catch (error) {
      sink.connect(wire);
      await sink.write(1, Buffer.from(`${(error as Error).message}\r\n`));
      if (!isAboutProgram(error)) throw error;
    }
  });
}
