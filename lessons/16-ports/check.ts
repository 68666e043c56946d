/** What has to be so in lesson ports: addresses that nobody else has, and rules that the kernel obeys. */
import { addressChecks } from './check-addresses.ts';
import { ruleChecks } from './check-rules.ts';

export const checks = [...addressChecks, ...ruleChecks];
