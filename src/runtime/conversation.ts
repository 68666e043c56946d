/**
 * The parent's side of the conversation with the process that walks the plan.
 *
 *     parent (Node)                        outer, then the child
 *       spawn ───────────────────────────▶   outer: join, clone
 *                       ◀── born(pid) ────   outer ends; the child waits
 *       at.born: uid_map, links
 *              ── go-on ─────────────────▶   walks the plan
 *                       ◀── fd(name) ─────   a descriptor that the parent needs
 *                       ◀── sync(detached)   for each idmapped mount
 *       at.detached: owners
 *              ── go-on ─────────────────▶
 *                       ◀── sync(mounted) ─
 *       at.mounted: hooks
 *              ── go-on ─────────────────▶
 *                       ◀── created ──────   everything but the last phase is done
 *       save the state
 *              ── go-on ─────────────────▶   waits for `start`; the parent may end now
 *
 * addon/shim/conversation.h has the other end, with the same names. For an exec there is no `created`: the conversation
 * ends with `executing` and the execve, or with a death; a zombie still shows which (PF_FORKNOEXEC in /proc/PID/stat).
 */
import { closeSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { ECHILD, ECONNRESET, EPIPE } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import { holdProcess, type HeldProcess } from '../linux/process.ts';
import { readStat } from '../linux/procfs.ts';
import { died, failure } from './failure.ts';
import type { Point, Waiting } from './isolator.ts';
import { GO_ON, OUTER, parse, say, type Message } from './message.ts';
import type { OuterStep, Spawned, SpawnOptions } from './spawn.ts';

/** One conversation, from birth to `created` or execve. */
export class Conversation {
  private pid: number | undefined;
  private inCgroup = false;
  private executing = false;
  private readonly fds = new Map<string, number>();
  private held: HeldProcess | undefined;
  private ended = false;

  constructor(
    private readonly socket: number,
    private readonly options: SpawnOptions,
    private readonly shimPid: number,
  ) {}

  async run(): Promise<Spawned> {
    for (;;) {
      const message = await this.next();
      if (!message) return this.afterEnd();
      switch (message.kind) {
        case say.born:
          await this.born(message);
          break;
        case say.sync:
          await this.options.composition.at(message.name as Point, this.waiting());
          this.goOn();
          break;
        case say.before:
          await this.before(message);
          this.goOn();
          break;
        case say.failed:
          throw failure(message, this.options.composition);
        case say.created:
          await this.options.created?.(this.spawned());
          this.goOn();
          return this.spawned();
        case say.executing:
          this.executing = true;
          break;
        case say.fd:
          break;
        default:
          throw new DrydockError('INTERNAL', `the shim said something unknown (${message.kind})`);
      }
    }
  }

  /** Kills what is half built. The child also dies by itself when the conversation closes before the last go-on. */
  abandon(): void {
    if (this.pid !== undefined) killQuietly(this.pid);
    if (this.options.owner) killQuietly(this.shimPid);
    for (const pid of new Set([this.pid, this.shimPid])) if (pid !== undefined) reapQuietly(pid);
  }

  /** Descriptors that came along and that no isolator has taken out of the map go, too. */
  close(): void {
    for (const fd of [this.socket, ...this.fds.values()]) closeSync(fd);
    this.held?.close();
  }

  private async born(message: Message): Promise<void> {
    this.pid = message.value;
    this.inCgroup = message.flag === 1;
    this.held = holdProcess(message.value);
    if (!this.held) throw await this.lastWord();
    // The outer half has said its last word; without a supervisor it is our child, and a zombie until we look.
    if (!this.options.owner) native.waitpid(this.shimPid, 0);
    await this.options.composition.at('born', this.waiting());
    this.goOn();
  }

  /** What a process that is gone already has said: it may have been refused right after its birth. */
  private async lastWord(): Promise<DrydockError> {
    const message = await this.next();
    const { composition } = this.options;
    return message?.kind === say.failed ? failure(message, composition) : died(composition, this.lastSignal());
  }

  private async before({ step, value, name }: Message): Promise<void> {
    const { composition, onStep } = this.options;
    if (step !== OUTER) return onStep?.(composition.steps[step]!, step, this.pid);
    const joins = composition.namespaces.filter((space) => space.how === 'join');
    const type =
      name === 'setns'
        ? joins[value]!.type
        : composition.namespaces.flatMap((space) => (space.how === 'clone' ? space.type : [])).join(' ');
    return onStep?.({ call: name as OuterStep['call'], type }, OUTER, undefined);
  }

  private goOn(): void {
    try {
      native.send(this.socket, GO_ON);
    } catch (error) {
      // It has died meanwhile. What it said before, or the end of the conversation, comes next and tells.
      if (!(error instanceof DrydockError) || ![EPIPE, ECONNRESET].includes(error.errno ?? 0)) throw error;
    }
  }

  private waiting(): Waiting {
    const { spec, host } = this.options;
    return {
      pid: this.pid!,
      proc: this.held!.path,
      fds: this.fds,
      inCgroup: this.inCgroup,
      spec,
      host,
    };
  }

  private spawned(): Spawned {
    const reap = this.options.owner ? this.shimPid : this.pid!;
    return { pid: this.pid!, proc: this.held!.path, reap, fds: this.fds, inCgroup: this.inCgroup };
  }

  /** The other end is closed without a word: an execve, or a death. */
  private afterEnd(): Spawned {
    if (this.executing && !readStat(this.pid!)?.isBeforeExec) return this.spawned();
    throw died(this.options.composition, this.lastSignal());
  }

  /** What has ended our child, which may only have closed its end: it is ended by then. Undefined where it is not ours to ask. */
  private lastSignal(): number | undefined {
    if (this.pid === undefined || this.options.owner) return undefined;
    killQuietly(this.pid);
    const ended = native.waitpid(this.pid, 0);
    this.pid = undefined;
    return ended && ended.status & 0x7f;
  }

  /** The next message; undefined at the end. Descriptors that come along are kept by name. */
  private next(): Promise<Message | undefined> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        if (this.ended) return true;
        try {
          const received = native.receive(this.socket);
          if (received === null) return false;
          const message = received && parse(received.data);
          if (message && received.fds[0] !== undefined) this.fds.set(message.name, received.fds[0]);
          this.ended = true;
          resolve(message);
        } catch (error) {
          this.ended = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        return true;
      };
      this.ended = false;
      if (look()) return;
      const watch = native.watch(this.socket, () => {
        if (look()) watch.close();
      });
    });
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function reapQuietly(pid: number): void {
  try {
    native.waitpid(pid, 0);
  } catch (error) {
    // ECHILD: reaped already, or its supervisor's to reap.
    if (!(error instanceof DrydockError) || error.errno !== ECHILD) throw error;
  }
}
