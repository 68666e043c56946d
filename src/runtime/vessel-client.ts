/**
 * The client of a vessel: the process in the background that owns a container's first process, or one of an exec
 * (addon/shim/vessel.h, where the protocol is drawn).
 *
 * Clients come and go; whatever becomes of this one, the process goes on. How it ended stands in a file before any
 * client can hear of it, so a client that comes too late reads that.
 */
import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { drained } from '../drained.ts';
import { DrydockError } from '../errors.ts';

/** enum class Frame of addon/shim/vessel_frames.h. */
const frame = {
  input: 0,
  output: 1,
  errors: 2,
  attach: 3,
  attached: 4,
  closeInput: 5,
  resize: 6,
  signal: 7,
  lost: 8,
  ended: 9,
} as const;
const HEADER = 8;
const [OUTPUT, ERRORS, PATIENT] = [2, 4, 8];

/** How a process ended. */
export interface Ending {
  /** As a shell has it: the exit code, or 128 + signal. */
  status: number;
  signal: number;
  /** The kernel has killed something in its cgroup because memory had run out; absent where that is not known. */
  oomKilled?: boolean;
  /** RFC 3339. */
  finished: string;
}

export interface Listener {
  output?(bytes: Buffer): void;
  errors?(bytes: Buffer): void;
  /** So many bytes came faster than they were read here; they are in the log. */
  lost?(bytes: bigint): void;
}

/** What the file says of the end; undefined while there is none. */
export function readEnding(directory: string, name: string): Ending | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, `${name}.exit`), 'utf8')) as Ending;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One connection to a vessel. */
export class VesselClient {
  /** Undefined when the connection has closed without a word about the end. */
  readonly ended: Promise<Ending | undefined>;
  private readonly attached: Promise<void>;
  private buffered: Buffer = Buffer.alloc(0);

  private constructor(
    private readonly socket: Socket,
    private readonly listener: Listener,
  ) {
    let tellAttached: () => void;
    this.attached = new Promise((resolve) => (tellAttached = resolve));
    this.ended = new Promise((resolve) => {
      let ending: Ending | undefined;
      socket.on('data', (bytes: Buffer) => {
        for (const [kind, body] of this.framesIn(bytes))
          if (kind === frame.attached) tellAttached();
          else if (kind === frame.ended) ending = JSON.parse(body.toString()) as Ending;
          else this.hear(kind, body);
      });
      socket.on('error', () => undefined); // it closes next
      socket.on('close', () => resolve(ending));
    });
  }

  /** Connects. Throws WRONG_STATE when nobody listens: the process has ended, or its vessel was killed. */
  static connect(directory: string, name: string, listener: Listener = {}): Promise<VesselClient> {
    const path = join(directory, `${name}.sock`);
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      const refused = (cause: Error): void =>
        reject(new DrydockError('WRONG_STATE', `nobody listens at ${path}: ${cause.message}`, { cause }));
      socket.once('error', refused);
      socket.once('connect', () => {
        socket.off('error', refused);
        resolve(new VesselClient(socket, listener));
      });
    });
  }

  /**
   * From now on the listener hears output and errors; resolves when that is so. With `whole` the process waits for this
   * client, as at a pipe, and nothing is lost.
   */
  async attach({ output = true, errors = true, whole = false } = {}): Promise<void> {
    const flags = (output ? OUTPUT : 0) | (errors ? ERRORS : 0) | (whole ? PATIENT : 0);
    await this.say(frame.attach, Buffer.from([flags]));
    await this.attached;
  }

  /** Input for the process; resolves when more may come. */
  input(bytes: Buffer | string): Promise<void> {
    return this.say(frame.input, Buffer.from(bytes));
  }

  closeInput(): Promise<void> {
    return this.say(frame.closeInput);
  }

  resize(rows: number, columns: number): Promise<void> {
    const body = Buffer.alloc(4);
    body.writeUInt16BE(rows, 0);
    body.writeUInt16BE(columns, 2);
    return this.say(frame.resize, body);
  }

  signal(number: number): Promise<void> {
    return this.say(frame.signal, Buffer.from([number]));
  }

  /** Stops reading, as a client that is busy does. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }

  private say(kind: number, body = Buffer.alloc(0)): Promise<void> {
    const header = Buffer.alloc(HEADER);
    header.writeUInt8(kind, 0);
    header.writeUInt32BE(body.length, 4);
    return this.socket.write(Buffer.concat([header, body])) ? Promise.resolve() : drained(this.socket);
  }

  private *framesIn(bytes: Buffer): Generator<[kind: number, body: Buffer]> {
    this.buffered = this.buffered.length ? Buffer.concat([this.buffered, bytes]) : bytes;
    while (this.buffered.length >= HEADER) {
      const end = HEADER + this.buffered.readUInt32BE(4);
      if (this.buffered.length < end) return;
      yield [this.buffered[0]!, this.buffered.subarray(HEADER, end)];
      this.buffered = this.buffered.subarray(end);
    }
  }

  private hear(kind: number, body: Buffer): void {
    if (kind === frame.output) this.listener.output?.(body);
    else if (kind === frame.errors) this.listener.errors?.(body);
    else if (kind === frame.lost) this.listener.lost?.(body.readBigUInt64BE());
  }
}
