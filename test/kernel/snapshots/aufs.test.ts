/** The suite for aufs, where a kernel has it. */
import { candidates } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.aufs);
