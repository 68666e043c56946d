/** A real dockerd with folders of its own, without networks, and what it has made of an image. */
import { join } from 'node:path';
import { withMounted } from '../../src/snapshots/mount.ts';
import { facts } from '../kernel/snapshots/trees.ts';
import { command, daemon, folder, freshFolder, said, type Daemon } from './support.ts';

const socket = join(folder, 'docker.sock');

export const docker = (...words: string[]): Promise<string> =>
  said(['docker', '-H', `unix://${socket}`, ...words], { seconds: 300 });
/** For the shell. */
export const dockerHere = `docker -H unix://${socket}`;

export function startDockerd(): Promise<Daemon> {
  const places = ['--data-root', freshFolder('docker'), '--exec-root', freshFolder('dexec')];
  const network = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
  const words = ['dockerd', ...places, '--pidfile', join(folder, 'docker.pid'), '-H', `unix://${socket}`];
  return daemon('dockerd', [...words, ...network, '--storage-driver', 'overlay2'], async () => {
    return (await command(['docker', '-H', `unix://${socket}`, 'version'])).code === 0;
  });
}

/** Every file of an image that dockerd has: its layers, mounted as it would. */
export async function factsInDocker(image: string): Promise<Map<string, string>> {
  const [answer] = JSON.parse(await docker('image', 'inspect', image)) as {
    GraphDriver: { Data: Record<string, string> };
  }[];
  const { UpperDir, LowerDir } = answer!.GraphDriver.Data;
  const lower = [UpperDir, ...(LowerDir ? [LowerDir] : [freshFolder('nothing')])].join(':');
  const mounts = [{ type: 'overlay', source: 'overlay', options: ['ro', `lowerdir=${lower}`] }];
  return withMounted(mounts, join(folder, 'docker-tree'), (path) => facts(path));
}
