/**
 * Who has a volume, and what goes with a container.
 *
 * Nothing is counted. A count would be a second truth beside the containers' records: who is killed between writing the one
 * and the other leaves a volume that nobody can remove, or one that goes while somebody has it. So the records are asked
 * each time, and with them the containers that are being made just now and have no record yet.
 */
import type { ContainerRecord } from '../types.ts';

/** Names of their volumes, by the ids of containers that are being made. */
export type BeingMade = ReadonlyMap<string, readonly string[]>;

/** Ids of the containers that have the volume, running or not, each once. */
export function usersOf(
  name: string,
  records: readonly Pick<ContainerRecord, 'Id' | 'Mounts'>[],
  making: BeingMade,
): string[] {
  const users = new Set<string>();
  for (const { Id, Mounts } of records) if (Mounts.some(({ Name }) => Name === name)) users.add(Id);
  for (const [id, names] of making) if (names.includes(name)) users.add(id);
  return [...users];
}

/** What is known of a volume when one of its containers is removed. */
export interface Held {
  /** Nobody has given it its name. */
  readonly isAnonymous: boolean;
  /** As `usersOf` has them. */
  readonly users: readonly string[];
}

/** Whether a volume goes with its container (`rm -v`, `--rm`): nobody has named it, and nobody else has it. */
export function goesWith(id: string, { isAnonymous, users }: Held): boolean {
  return isAnonymous && users.every((user) => user === id);
}
