/** `WORKDIR path`: where programs start from here on. It is made where it is missing. */
import { posix } from 'node:path';
import { plain } from '../../images/extend.ts';
import { plainLayer } from '../../images/import.ts';
import { writeTar } from '../../layers/index.ts';
import type { WorkdirInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';
import { timeOf } from '../epoch.ts';
import { follow } from '../files.ts';
import { Way } from '../way.ts';
import { withTree } from '../tree.ts';

export const workdir: Perform<WorkdirInstruction> = ({ build, state, config }, { path }) => {
  const WorkingDir = posix.resolve('/', config.WorkingDir ?? '/', path);
  const after = { ...config, WorkingDir };
  return {
    config: after,
    says: nop(config, `WORKDIR ${WorkingDir}`),
    layer: () =>
      withTree(build.store, state, { what: 'the image', folder: build.folder }, async (tree) => {
        const place = Buffer.from(WorkingDir).toString('latin1');
        if (tree.lstat(follow(tree, place))) return undefined;
        const way = new Way(tree, { now: timeOf(build) });
        way.to(place);
        return plain(await plainLayer(build.store, writeTar(way.made()), await build.lease()));
      }),
  };
};
