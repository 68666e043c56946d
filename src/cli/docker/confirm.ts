/** Docker's question before much is removed; anything but yes is no. */
import { createInterface } from 'node:readline';
import { print } from './print.ts';

export async function agrees(warning: string): Promise<boolean> {
  print(`${warning}\nAre you sure you want to continue? [y/N] `);
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line.trim().toLowerCase() === 'y';
    return false;
  } finally {
    lines.close();
    process.stdin.unref?.();
  }
}
