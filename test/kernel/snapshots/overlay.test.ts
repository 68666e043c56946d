/** The suite for overlay, as this kernel has it, and as Linux 3.18 did: with one lower directory. */
import { candidates } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.overlay);
suite(candidates.overlayOneLower);
