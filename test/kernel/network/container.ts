/** The containers of these tests: records as an engine keeps them, and the config that they run with. */
import { randomBytes } from 'node:crypto';
import { features } from '../../../src/linux/features.ts';
import type { Attached } from '../../../src/network/networks.ts';
import { defaultSpec } from '../../../src/runtime/default-spec.ts';
import type { Spec } from '../../../src/runtime/spec.ts';

export function spec(args: string[]): Spec {
  return defaultSpec({ args }, features());
}

type Wishes = Partial<Attached['HostConfig']> & {
  Config?: Attached['Config'];
  Networks?: Attached['NetworkSettings']['Networks'];
};

/** A record of a container with this name. */
export function recordOf(name: string, { Config, Networks = {}, ...HostConfig }: Wishes = {}): Attached {
  const Id = randomBytes(32).toString('hex');
  return {
    Id,
    Name: `/${name}`,
    Config: { Hostname: Id.slice(0, 12), ...Config },
    HostConfig: { NetworkMode: 'default', ...HostConfig },
    NetworkSettings: { Networks },
  };
}
