/** `diff`: which files a container has changed (C), added (A) and deleted (D). */
import { command, one } from './command.ts';
import { print } from './print.ts';

interface Change {
  readonly Kind: number;
  readonly Path: string;
}

const letters = ['C', 'A', 'D'];

export const verb = command({
  usage: 'CONTAINER',
  about: 'Shows which files a container has changed (C), added (A) and deleted (D), compared with its image.',
  words: one,
  flags: {},
  async run({ client, words: [name = ''] }) {
    const path = `/containers/${encodeURIComponent(name)}/changes`;
    const changes = (await client.json<Change[] | null>('GET', path)) ?? [];
    for (const { Kind, Path } of changes) print(`${letters[Kind] ?? '?'} ${Path}\n`);
  },
});
