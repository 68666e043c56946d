/** Exchanges two names as fast as it can until it is killed: the attacker of rooted.test.ts. */
import { basename, dirname } from 'node:path';
import { RENAME_EXCHANGE } from '../../../src/linux/constants.ts';
import { native } from '../../../src/linux/native.ts';
import { openRoot } from '../../../src/linux/rooted.ts';

const [first, second] = process.argv.slice(2) as [string, string];
const folders = [openRoot(dirname(first)).fd, openRoot(dirname(second)).fd] as const;
process.send?.('swapping');
for (;;) native.renameAt(folders[0], basename(first), folders[1], basename(second), RENAME_EXCHANGE);
