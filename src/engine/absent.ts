/** Stands in until src/network is here: no network but none and host. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Networks } from './engine.ts';

export const noNetworks: Networks = {
  check: () => undefined,
  join: ({ Config }, folder) => {
    for (const [name, text] of Object.entries({
      hostname: `${Config.Hostname ?? ''}\n`,
      hosts: '127.0.0.1\tlocalhost\n',
      'resolv.conf': '',
    }))
      writeFileSync(join(folder, name), text, { mode: 0o644 });
    return Promise.resolve([]);
  },
  leave: () => Promise.resolve(),
  leftovers: [],
};
