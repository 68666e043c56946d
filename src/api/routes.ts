/** Every route, by resource. Of two that fit, the first counts: whole words stand before `{name}`. */
import type { Route } from './api.ts';
import { build } from './resources/build.ts';
import { images } from './resources/images.ts';
import { registry } from './resources/registry.ts';
import { system } from './resources/system.ts';
import { transfers } from './resources/transfers.ts';

export const routes: readonly Route[] = [...system, ...registry, ...transfers, ...images, ...build];
