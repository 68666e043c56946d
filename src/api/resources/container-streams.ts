/** What containers say and hear: attach, logs, the size of a terminal. */
import { attachContainer } from '../../engine/attach.ts';
import type { Engine, LogLine } from '../../engine/engine.ts';
import { containerLogs } from '../../engine/logs.ts';
import { resizeContainer } from '../../engine/resize.ts';
import { refuseKeys } from '../../detach-keys.ts';
import { DrydockError } from '../../errors.ts';
import { route, type Route } from '../api.ts';
import { frame } from '../frames.ts';
import type { Query } from '../query.ts';
import { chunks, empty } from '../reply.ts';
import { LateSink, talk } from '../talk.ts';

export const containerStreams: readonly Route[] = [
  route('POST /containers/{name}/attach', async (call, engine) => {
    const { name, query } = call;
    // Obeyed at the client's end; a mistake in them must not be found when they are needed.
    refuseKeys('detach', query.text('detachKeys'));
    const sink = new LateSink(hasTerminal(engine, name));
    await call.passBody();
    const streams = { stdin: query.flag('stdin'), stdout: query.flag('stdout'), stderr: query.flag('stderr') };
    const ways = { logs: query.flag('logs'), stream: query.flag('stream') };
    return talk(await attachContainer(engine, name, { ...streams, ...ways }, sink), sink);
  }),
  route('GET /containers/{name}/logs', ({ name, query, gone }, engine) => {
    const streams = { stdout: query.flag('stdout'), stderr: query.flag('stderr') };
    if (!streams.stdout && !streams.stderr)
      throw new DrydockError('API_INVALID', 'Bad parameters: you must choose at least one stream', {
        hint: 'stdout=1, stderr=1 or both',
      });
    const isRaw = hasTerminal(engine, name);
    const wanted = { since: query.nanoseconds('since'), until: query.nanoseconds('until'), tail: tailOf(query) };
    const ways = {
      follow: query.flag('follow'),
      timestamps: query.flag('timestamps'),
      details: query.flag('details'),
    };
    return chunks(framed(containerLogs(engine, name, { ...streams, ...wanted, ...ways }), isRaw), gone);
  }),
  route('POST /containers/{name}/resize', async ({ name, query }, engine) => {
    await resizeContainer(engine, name, ...sizeOf(query));
    return empty(200);
  }),
];

const hasTerminal = ({ containers }: Engine, name: string): boolean => containers.find(name).record.Config.Tty === true;

/** As Docker has it, whatever is no number means all. */
function tailOf(query: Query): number | undefined {
  const text = query.text('tail') ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

async function* framed(lines: AsyncIterable<LogLine>, isRaw: boolean): AsyncGenerator<Buffer> {
  for await (const { stream, bytes } of lines) yield isRaw ? bytes : frame(stream, bytes);
}

/** Throws API_INVALID. */
export function sizeOf(query: Query): [rows: number, columns: number] {
  return [dimension(query, 'h'), dimension(query, 'w')];
}

const MOST = 0xffff;

function dimension(query: Query, name: string): number {
  const number = query.number(name);
  if (number !== undefined && number >= 0 && number <= MOST) return number;
  throw new DrydockError('API_INVALID', `the parameter ${name}=${number ?? ''} is no size of a terminal`, {
    hint: `h and w are numbers up to ${MOST}`,
  });
}
