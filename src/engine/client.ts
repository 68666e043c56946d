/**
 * A client at the streams of a process: of a container's first, or of one of an exec.
 *
 *     sink ◀── output ──┐                    ┌── a vessel's socket (addon/shim/vessel.h)
 *                       ├── Client ── join ──┤
 *     input ────────────┘                    └── may come later: a client waits for a container that is not started yet
 *
 * Nothing is lost and nothing is kept: the vessel waits for a client that reads slowly, as a pipe does, and a client that
 * writes before there is a process waits until there is one.
 */
import { VesselClient } from '../runtime/vessel-client.ts';
import type { AttachWanted, Attachment, Sink } from './engine.ts';

export class Client implements Attachment {
  readonly ended: Promise<void>;
  /** Our connection, once there is a process. */
  private readonly joined: Promise<VesselClient>;
  private tellJoined!: (vessel: VesselClient) => void;
  private tellEnded!: () => void;
  private vessel?: VesselClient;
  private isClosed = false;
  private writing: Promise<void> = Promise.resolve();
  private unwritten = 0;

  constructor(
    private readonly wanted: AttachWanted,
    private readonly sink: Sink,
    /** Whether the process' input ends with that of this client. */
    private readonly endsInput: boolean,
    /** At its end: told at once; and what has to be so before anybody else hears of it. */
    private readonly end: { gone?(): void; before?: Promise<void> } = {},
  ) {
    this.joined = new Promise((resolve) => (this.tellJoined = resolve));
    this.ended = new Promise((resolve) => (this.tellEnded = resolve));
  }

  /** Connects to a process' vessel. What its program writes from now on comes. Throws WRONG_STATE when it has ended. */
  async join(directory: string, name: string): Promise<void> {
    if (this.isClosed) return;
    const { stdout = false, stderr = false } = this.wanted;
    const vessel = await VesselClient.connect(directory, name, {
      output: (bytes) => this.pass(1, bytes),
      errors: (bytes) => this.pass(2, bytes),
    });
    this.vessel = vessel;
    void vessel.ended.then(() => this.finish());
    await vessel.attach({ output: stdout, errors: stderr, whole: true });
    this.tellJoined(vessel);
    if (this.isClosed) vessel.close();
  }

  /** Writes what comes from somewhere else, in the same order. */
  pass(stream: 1 | 2, bytes: Buffer): void {
    if (this.isClosed) return;
    this.unwritten++;
    this.vessel?.pause();
    this.writing = this.writing
      .then(() => this.sink.write(stream, bytes))
      .catch(() => this.close()) // whoever reads is gone
      .then(() => {
        if (--this.unwritten === 0) this.vessel?.resume();
      });
  }

  async input(bytes: Buffer): Promise<void> {
    if (!this.wanted.stdin) return;
    await (await this.joined).input(bytes);
  }

  async closeInput(): Promise<void> {
    if (this.wanted.stdin && this.endsInput) await (await this.joined).closeInput();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.vessel?.close();
    this.finish();
  }

  /** No more output comes; what has come is still written. */
  finish(): void {
    this.end.gone?.();
    void Promise.all([this.writing, this.isClosed || this.end.before]).then(() => {
      this.isClosed = true;
      this.tellEnded();
    });
  }
}
