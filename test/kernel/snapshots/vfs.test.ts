/** The suite for vfs, where files are copied, and where the file system can share their data. */
import { candidates } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.vfs);
suite(candidates.vfsOnBtrfs);
