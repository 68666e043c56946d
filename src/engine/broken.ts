/** What stands in for a record that cannot be read: enough to be listed, inspected and removed. */
import { created } from './states.ts';
import type { ContainerRecord } from './types.ts';

export function brokenRecord(id: string, why: string): ContainerRecord {
  return {
    Id: id,
    Name: `broken_${id.slice(0, 12)}`,
    Created: new Date(0).toISOString(),
    Image: '',
    Path: '',
    Args: [],
    Config: { Image: '' },
    HostConfig: {},
    Driver: '',
    Account: { uid: 0, gid: 0, additionalGids: [], home: '/' },
    State: { ...created, Status: 'dead', Dead: true, Error: why },
    RestartCount: 0,
    StoppedByHand: true,
    Mounts: [],
    NetworkSettings: { Networks: {} },
  };
}
