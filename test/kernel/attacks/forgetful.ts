/** A starter with descriptors that nobody has marked close-on-exec: prints what its container has open. */
import { readdirSync } from 'node:fs';
import { shell } from '../support.ts';

void shell('for fd in /proc/self/fd/*; do echo ${fd##*/}; done').then(({ text }) => {
  console.log(JSON.stringify({ ours: readdirSync('/proc/self/fd'), theirs: text.trim().split('\n') }));
});
