/**
 * A client at the streams of a process: what comes out of it in frames, or raw where it has a terminal; what the client
 * says as its input.
 *
 * The engine attaches before the connection is hijacked, because what goes wrong then still has a status. Output that
 * comes meanwhile waits in `LateSink`.
 */
import type { Attachment, Sink } from '../engine/engine.ts';
import { frame } from './frames.ts';
import type { Reply } from './api.ts';
import { hijack, type Wire } from './hijack.ts';

export class LateSink implements Sink {
  private open!: (wire: Wire) => void;
  private readonly wire = new Promise<Wire>((resolve) => (this.open = resolve));

  constructor(private readonly isTerminal: boolean) {}

  async write(stream: 1 | 2, bytes: Buffer): Promise<void> {
    await (await this.wire).write(this.isTerminal ? bytes : frame(stream, bytes));
  }

  connect(wire: Wire): void {
    this.open(wire);
  }
}

/** Answers with the streams of a process; the connection ends when they do. */
export const talk = (client: Attachment, sink: LateSink): Reply => hijack((wire) => converse(wire, client, sink));

/** The same on a connection that is hijacked already. */
export async function converse(wire: Wire, client: Attachment, sink: LateSink): Promise<void> {
  sink.connect(wire);
  const leave = (): void => client.close();
  wire.gone.addEventListener('abort', leave, { once: true });
  if (wire.gone.aborted) leave();
  void feed(wire, client);
  await client.ended;
}

/** Reads on when nobody wants the input, too: that is how the client's end shows. */
async function feed({ input, gone }: Wire, client: Attachment): Promise<void> {
  try {
    // The end of the input is not the end of the connection.
    for await (const chunk of input.iterator({ destroyOnReturn: false })) await client.input(chunk as Buffer);
    await client.closeInput();
  } catch {
    // The connection was reset, or nothing takes the input any more: in both cases this client is through.
    if (!gone.aborted) client.close();
  }
}
