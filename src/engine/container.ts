/**
 * One container as this engine knows it: the record that is on the disk, and what only this process has of it.
 *
 * Invariant: the record is changed by one operation at a time, within `alone`, and is on the disk before whoever waits for
 * the change hears of it; but of an end he hears also when the disk is full, because nothing else would tell him. Whoever
 * reads the record waits for nobody, and sees the last change that began.
 */
import { DrydockError } from '../errors.ts';
import type { VesselClient } from '../runtime/vessel-client.ts';
import { warn } from '../runtime/warning.ts';
import type { Client } from './client.ts';
import type { Exec } from './exec-session.ts';
import { writeRecord } from './record.ts';
import type { ContainerRecord } from './types.ts';

/** What somebody may wait for. */
export type Moment = 'started' | 'stopped' | 'removed';

export class Container {
  readonly id: string;
  /** Those who are attached, or will be when it starts. */
  readonly clients = new Set<Client>();
  readonly execs = new Map<string, Exec>();
  /** While it runs: our connection to its vessel. */
  vessel?: VesselClient;
  /** When this engine has started it; of performance.now, which no clock that is set changes. */
  launched?: number;
  /** A restart that is due (policy.ts). */
  restart?: NodeJS.Timeout;
  /** How long the last restart has waited, in milliseconds. */
  pause?: number;
  private isRemoved = false;
  private last: Promise<unknown> = Promise.resolve();
  private waiting: { moment: Moment; tell: (failure?: Error) => void }[] = [];

  constructor(
    readonly record: ContainerRecord,
    /** DRYDOCK_ROOT/containers/<id>. */
    readonly folder: string,
    /** Why its record cannot be read; then it can be listed, inspected, copied from and removed. */
    readonly broken?: string,
  ) {
    this.id = record.Id;
  }

  /** Waits until nobody else changes this container, and keeps others from it until the body is done. */
  alone<T>(body: () => Promise<T> | T): Promise<T> {
    const mine = this.last.then(body);
    this.last = mine.catch(() => undefined); // whoever called hears of it
    return mine;
  }

  /**
   * The same for somebody who has found the container by its name: while he waited it may have been removed, and then
   * nothing is written where it was. Throws NO_SUCH_CONTAINER.
   */
  aloneIfThere<T>(body: () => Promise<T> | T): Promise<T> {
    return this.alone(() => {
      if (this.isRemoved) throw new DrydockError('NO_SUCH_CONTAINER', `No such container: ${this.id}`);
      return body();
    });
  }

  /** For whoever would write its record anew, over one that somebody might still mend. Throws CONFLICT. */
  demandWhole(): void {
    if (this.broken !== undefined) throw new DrydockError('CONFLICT', this.broken);
  }

  /** Writes container.json; on the disk when it resolves. */
  save(): Promise<void> {
    return writeRecord(this.folder, this.record);
  }

  /**
   * The same where life has to go on though nothing can be written, as on a full disk. Returns whether it is there; what has
   * kept it from there is said.
   */
  async saveOrSay(record = this.record): Promise<boolean> {
    try {
      await writeRecord(this.folder, record);
      return true;
    } catch (error) {
      warn(`what has become of ${record.Name} cannot be written down`, error as Error);
      return false;
    }
  }

  /** The next such moment, or that of its removal, whichever comes first: nothing comes after that. */
  next(moment: Moment): Promise<void> {
    return new Promise((tell) => this.waiting.push({ moment, tell: () => tell() }));
  }

  /** When it is removed; or what has kept it from that, the next time that somebody tries. */
  removal(): Promise<Error | undefined> {
    return new Promise((tell) => this.waiting.push({ moment: 'removed', tell }));
  }

  tell(now: Moment): void {
    this.isRemoved ||= now === 'removed';
    const told = this.waiting.filter(({ moment }) => moment === now || now === 'removed');
    this.waiting = this.waiting.filter((one) => !told.includes(one));
    for (const { tell } of told) tell();
  }

  /** It could not be removed: maybe nobody tries it again, so whoever waits for it hears of it. */
  tellStuck(failure: Error): void {
    const told = this.waiting.filter(({ moment }) => moment === 'removed');
    this.waiting = this.waiting.filter((one) => !told.includes(one));
    for (const { tell } of told) tell(failure);
  }
}
