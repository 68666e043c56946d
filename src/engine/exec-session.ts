/**
 * One exec: a further process in a container, with a vessel of its own.
 *
 *     RUN/<12 hex>/exec-<12 hex>.json    what was asked; written before the process is made
 *                  exec-<12 hex>.sock    its vessel listens: it runs
 *                  exec-<12 hex>.exit    how it ended
 *
 * The files lie in the container's run folder, because an exec ends with its container; so the next engine finds what has
 * gone on without one (reconcile.ts).
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnding, type VesselClient } from '../runtime/vessel-client.ts';
import type { ExecInspect, ExecRequest } from './types.ts';

/** As long as Docker keeps them. */
const ASKED_FOR_MS = 5 * 60_000;

/** What is saved of an exec. */
export interface SavedExec {
  id: string;
  request: ExecRequest;
  /** 0 until it is started. */
  pid: number;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export class Exec {
  exitCode: number | null = null;
  isRunning = false;
  /** Of its terminal, as a client has said last: maybe before there was one. */
  size?: TerminalSize;
  /** While it runs: our connection to its vessel. */
  vessel?: VesselClient;

  constructor(
    readonly saved: SavedExec,
    readonly containerId: string,
    /** The container's run folder. */
    private readonly place: string,
  ) {}

  get id(): string {
    return this.saved.id;
  }

  /** Of its vessel's files. */
  get name(): string {
    return vesselOf(this.id);
  }

  get isStarted(): boolean {
    return this.isRunning || this.exitCode !== null;
  }

  save(): void {
    const path = join(this.place, `${this.name}.json`);
    writeFileSync(`${path}.new`, JSON.stringify(this.saved, null, 1), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** What its vessel has left of it. */
  look(): void {
    this.exitCode = readEnding(this.place, this.name)?.status ?? null;
    this.isRunning = this.exitCode === null && existsSync(join(this.place, `${this.name}.sock`));
  }

  /** Its client hears of the end by a connection of its own, and may ask for the exit code before ours has told us. */
  lookForEnd(): void {
    if (this.isRunning && readEnding(this.place, this.name)) this.look();
  }

  /** Ended long enough ago for everybody who wanted to know how; or in a life of the container's that is over, too. */
  isOld(): boolean {
    if (this.isRunning || this.exitCode === null) return false;
    // One that could not be started has no vessel that says how it ended.
    const name = existsSync(join(this.place, `${this.name}.exit`)) ? `${this.name}.exit` : `${this.name}.json`;
    const ended = statSync(join(this.place, name), { throwIfNoEntry: false });
    return !ended || Date.now() - ended.mtimeMs > ASKED_FOR_MS;
  }

  /** Nobody will ask for it any more. */
  forget(): void {
    for (const ending of ['json', 'exit', 'sock']) rmSync(join(this.place, `${this.name}.${ending}`), { force: true });
  }

  inspect(): ExecInspect {
    const { request, pid, id } = this.saved;
    const { Cmd: [entrypoint = '', ...words] = [], Tty = false, Privileged = false, User } = request;
    return {
      ID: id,
      Running: this.isRunning,
      ExitCode: this.exitCode,
      ProcessConfig: {
        tty: Tty,
        entrypoint,
        arguments: words,
        privileged: Privileged,
        ...(User !== undefined && { user: User }),
      },
      OpenStdin: request.AttachStdin ?? false,
      OpenStderr: request.AttachStderr ?? false,
      OpenStdout: request.AttachStdout ?? false,
      CanRemove: false,
      ContainerID: this.containerId,
      DetachKeys: '',
      Pid: this.isRunning ? pid : 0,
    };
  }
}

const vesselOf = (id: string): string => `exec-${id.slice(0, 12)}`;

/** Every exec of a container that has left something in its run folder. */
export function savedExecs(place: string, containerId: string): Exec[] {
  return readdirSync(place)
    .filter((name) => /^exec-[0-9a-f]{12}\.json$/.test(name))
    .map((name) => {
      const exec = new Exec(JSON.parse(readFileSync(join(place, name), 'utf8')) as SavedExec, containerId, place);
      exec.look();
      return exec;
    });
}
