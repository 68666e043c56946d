/** Kills with devicemapper; apart, because a guest takes minutes for them. */
import { crashes } from './crash.ts';
import { candidates } from './drivers.ts';

crashes(candidates.devicemapper);
