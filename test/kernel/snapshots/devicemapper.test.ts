/** The suite for devicemapper, on a thin pool of two files. The guest of `npm run test:vm` has the modules that it needs. */
import { candidates } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.devicemapper);
