/** The files that the engine brings into every container: who it is, whom it knows and whom it may ask. */
import { join } from 'node:path';
import type { Mount } from '../runtime/config.ts';

/** They lie in the container's folder (src/network/ writes them), and are mounted over the image's. */
export const fileMounts = (folder: string): Mount[] =>
  ['hostname', 'hosts', 'resolv.conf'].map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: join(folder, name),
    options: ['rbind', 'rw', 'rprivate'],
  }));
