/** The suite for btrfs, in a file system of its own on a file. */
import { candidates } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.btrfs);
