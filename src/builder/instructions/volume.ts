/** `VOLUME path…`: places that every container gets a volume for. */
import type { VolumeInstruction } from '../dockerfile/index.ts';
import { nop, type Perform } from '../change.ts';

export const volume: Perform<VolumeInstruction> = ({ config }, { paths }) => ({
  config: { ...config, Volumes: { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) } },
  says: nop(config, ` VOLUME [${paths.join(' ')}]`),
  also: paths,
});
