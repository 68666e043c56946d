/** Every route, by resource. Of two that fit, the first counts: whole words stand before `{name}`. */
import type { Route } from './api.ts';
import { build } from './resources/build.ts';
import { containerFiles } from './resources/container-files.ts';
import { containerNumbers } from './resources/container-numbers.ts';
import { containerStreams } from './resources/container-streams.ts';
import { containers } from './resources/containers.ts';
import { events } from './resources/events.ts';
import { execs } from './resources/execs.ts';
import { images } from './resources/images.ts';
import { networks } from './resources/networks.ts';
import { registry } from './resources/registry.ts';
import { system } from './resources/system.ts';
import { transfers } from './resources/transfers.ts';
import { volumes } from './resources/volumes.ts';

export const routes: readonly Route[] = [
  ...system,
  ...containers,
  ...containerStreams,
  ...containerFiles,
  ...containerNumbers,
  ...execs,
  ...registry,
  ...transfers,
  ...images,
  ...volumes,
  ...networks,
  ...events,
  ...build,
];
