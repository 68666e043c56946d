/**
 * All containers, and how one is meant: by its whole id, by its name, or by the first digits of its id, in this order, as
 * Docker looks them up.
 *
 * Invariant: a name is one container's. It is taken in the index before anything is made, so of two who ask for the same name
 * at the same time one is refused, whoever is faster afterwards.
 */
import { DrydockError } from '../errors.ts';
import type { Container } from './container.ts';

export class Containers {
  private readonly byId = new Map<string, Container>();
  /** A name that is taken for a container which is being made has its id already. */
  private readonly names = new Map<string, string>();

  /** Newest first, as Docker lists them. */
  all(): Container[] {
    return [...this.byId.values()].sort((a, b) => b.record.Created.localeCompare(a.record.Created));
  }

  /** How many run now: the engine goes a minute after the last. */
  running(): number {
    return [...this.byId.values()].filter(({ record }) => record.State.Running).length;
  }

  /** Throws NO_SUCH_CONTAINER, or BAD_USAGE where the digits could mean several. */
  find(name: string): Container {
    const found = this.get(name);
    if (found) return found;
    throw new DrydockError('NO_SUCH_CONTAINER', `No such container: ${name}`, {
      hint: '`drydock ps --all` lists those that there are',
    });
  }

  /** The same, undefined where there is none. */
  get(name: string): Container | undefined {
    const id = this.names.get(name.replace(/^\//, ''));
    return this.byId.get(name) ?? (id === undefined ? undefined : this.byId.get(id)) ?? this.beginningWith(name);
  }

  private beginningWith(digits: string): Container | undefined {
    if (!/^[0-9a-f]{1,63}$/.test(digits)) return undefined;
    const found = [...this.byId.values()].filter(({ id }) => id.startsWith(digits));
    if (found.length < 2) return found[0];
    throw new DrydockError('BAD_USAGE', `multiple IDs found with provided prefix: ${digits}`, {
      hint: `give more digits: ${found
        .slice(0, 4)
        .map(({ id }) => id.slice(0, 12))
        .join(', ')}`,
    });
  }

  hasName(name: string): boolean {
    return this.names.has(name);
  }

  /** Takes a name for an id. Throws NAME_IN_USE, in Docker's words. */
  takeName(name: string, id: string): void {
    const owner = this.names.get(name);
    if (owner !== undefined)
      throw new DrydockError(
        'NAME_IN_USE',
        `Conflict. The container name "/${name}" is already in use by container "${owner}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      );
    this.names.set(name, id);
  }

  freeName(name: string): void {
    this.names.delete(name);
  }

  /** One that is on record, with its name. Of two with the same, by somebody's hand, the second is known by its id. */
  adopt(container: Container): void {
    if (!this.names.has(container.record.Name)) this.names.set(container.record.Name, container.id);
    this.add(container);
  }

  /** Its name has been taken. */
  add(container: Container): void {
    this.byId.set(container.id, container);
  }

  delete(container: Container): void {
    this.byId.delete(container.id);
    if (this.names.get(container.record.Name) === container.id) this.freeName(container.record.Name);
  }
}
