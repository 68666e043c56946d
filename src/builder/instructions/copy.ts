/** `COPY [--from=…] source… destination`: files of the context, of a stage or of an image. `--link` has no effect. */
import { posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import type { RunConfig } from '../../images/config.ts';
import { plain, type NewLayer } from '../../images/extend.ts';
import { plainLayer } from '../../images/import.ts';
import { writeTar } from '../../layers/index.ts';
import { accountOf } from '../../images/spec.ts';
import type { CopyInstruction } from '../dockerfile/index.ts';
import { nop, type Change, type Perform, type Turn } from '../change.ts';
import { digestOf, find, layerOf, type Item } from '../copying.ts';
import { notLater, timeOf } from '../epoch.ts';
import type { Files } from '../files.ts';
import { parseIgnore } from '../dockerfile/index.ts';
import { OneFile } from '../source.ts';
import { withFrom } from '../from.ts';
import { withTree } from '../tree.ts';

export const copy: Perform<CopyInstruction> = (turn, instruction) => {
  const { from, sources, parents } = instruction;
  const itemsIn = (files: Files): Item[] => sources.flatMap((source) => itemOf(turn, files, source, parents));
  return copying(turn, instruction, {
    name: 'COPY',
    also: parents || undefined,
    withItems: (body) => withFrom(turn.build, from, false, (files) => body(itemsIn(files))),
  });
};

/** A path of the tree, or the text of a heredoc. */
export function itemOf(
  { build }: Turn,
  files: Files,
  source: CopyInstruction['sources'][number],
  parents = false,
): Item[] {
  if (!('inline' in source)) return find(files, source.path, parents);
  const { name, content } = source.inline;
  return [new OneFile(name, Buffer.from(content), { mode: 0o644, mtime: timeOf(build) }).item];
}

type Copying = Pick<CopyInstruction, 'destination' | 'chown' | 'chmod' | 'excludes' | 'link'>;

interface Way {
  readonly name: string;
  readonly also: unknown;
  /** Runs the body with everything that is to be copied. */
  withItems<T>(body: (items: Item[]) => Promise<T>): Promise<T>;
  /** Whether a file is unpacked where it goes. */
  isArchive?(item: Item): Promise<boolean>;
}

/** What COPY and ADD share. */
export async function copying(turn: Turn, instruction: Copying, way: Way): Promise<Change> {
  const { destination, chown, chmod, excludes } = instruction;
  const { digest, links, names } = await way.withItems(async (items) => {
    if (items.length > 1 && !placeIn(turn.config, destination).endsWith('/')) throw severalInto(destination, way.name);
    return { ...(await digestOf(items)), names: items.map(({ name, under }) => posix.join(under, name)) };
  });
  const owner = chown === undefined ? '' : `--chown=${chown}`;
  return {
    says: nop(turn.config, `${way.name} ${owner}${digest} in ${destination} `),
    also: [chmod, excludes, links, names, way.also],
    isUnsaid: [chmod, way.also].some((one) => one !== undefined) || excludes.length > 0 || links.length > 0,
    layer: () => way.withItems((items) => layer(turn, instruction, items, way)),
  };
}

const severalInto = (destination: string, name: string): DrydockError =>
  new DrydockError(
    'INSTRUCTION_FAILED',
    `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
    { hint: `${destination}/ is one` },
  );

function layer(
  turn: Turn,
  { destination, chown, chmod, excludes }: Copying,
  items: Item[],
  way: Way,
): Promise<NewLayer> {
  const { build, state, config } = turn;
  return withTree(build.store, state, { what: 'the image', folder: build.folder }, async (tree) => {
    const entries = layerOf(tree, items, placeIn(config, destination), {
      owner: chown === undefined ? undefined : ownerIn(tree.folder, chown),
      mode: chmod,
      isExcluded: excludes.length === 0 ? () => false : parseIgnore(excludes.join('\n')),
      now: timeOf(build),
      isArchive: way.isArchive,
    });
    return plain(await plainLayer(build.store, writeTar(notLater(entries, build.epoch)), await build.lease()));
  });
}

/** Absolute inside, with the slash at its end that it may have. */
function placeIn({ WorkingDir = '/' }: RunConfig, destination: string): string {
  const place = Buffer.from(posix.resolve('/', WorkingDir, destination)).toString('latin1');
  return /(^|\/)\.{0,2}$/.test(destination) && place !== '/' ? `${place}/` : place;
}

/** `user[:group]`, by the files of the image. Who gives only a number means the group of the same number, too. */
function ownerIn(folder: string, text: string): { uid: number; gid: number } {
  const isNumber = /^\d+$/.test(text);
  const { uid, gid } = accountOf({}, { user: isNumber ? `${text}:${text}` : text }, folder);
  return { uid, gid };
}
