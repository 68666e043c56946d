/** Further processes in containers that run: `/containers/{c}/exec` makes one, `/exec/{id}` is what becomes of it. */
import { createExec, inspectExec, resizeExec, startExec } from '../../engine/exec.ts';
import { DrydockError, type ErrorCode } from '../../errors.ts';
import { route, type Reply, type Route } from '../api.ts';
import { hijack } from '../hijack.ts';
import { created, empty, json } from '../reply.ts';
import { execRequest, execStart } from '../schemas/execs.ts';
import { LateSink, talk } from '../talk.ts';
import { sizeOf } from './container-streams.ts';

export const execs: readonly Route[] = [
  route('POST /containers/{name}/exec', async (call, engine) =>
    created(await createExec(engine, call.name, await call.json(execRequest))),
  ),
  route('POST /exec/{id}/start', async (call, engine) => {
    const id = call.param('id');
    const { Detach: detach = false, ConsoleSize: [rows, columns] = [0, 0] } = (await call.jsonIfAny(execStart)) ?? {};
    const size = rows > 0 && columns > 0 ? { rows, columns } : undefined;
    if (detach) {
      await startExec(engine, id, { detach, size });
      return empty(200);
    }
    const sink = new LateSink(inspectExec(engine, id).ProcessConfig.tty);
    try {
      const client = await startExec(engine, id, { size }, sink);
      return talk(client!, sink);
    } catch (error) {
      if (isAboutProgram(error)) return told(sink, error.message);
      throw error;
    }
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

/** That a program cannot be run is said where its output would be; its exit code is asked for afterwards. */
function told(sink: LateSink, message: string): Reply {
  return hijack(async (wire) => {
    sink.connect(wire);
    await sink.write(1, Buffer.from(`${message}\r\n`));
  });
}
