/** What has to hold in lesson images: first the names (check-chain.ts), then what an image says of its program (check-spec.ts). */
import type { Check } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { chainChecks } from './check-chain.ts';
import { specChecks } from './check-spec.ts';

const left = nothingLeft(
  './drydock doctor; findmnt -t overlay',
  'Every container and every store of these checks was removed. What is left was made beside them.',
  'Your functions need nothing from the disk: a name is made of names, a command of words.',
);

export const checks: readonly Check[] = [...chainChecks, ...specChecks, left];
