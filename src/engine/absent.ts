/** Stand-ins until src/network and src/engine/volumes are here: no network but none and host, no volumes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Networks, Volumes } from './engine.ts';

export const noVolumes: Volumes = {
  resolve: () => Promise.resolve([]),
  fill: () => Promise.resolve(),
  mount: () => Promise.resolve([]),
  unmount: () => Promise.resolve(),
  release: () => Promise.resolve(),
};

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
