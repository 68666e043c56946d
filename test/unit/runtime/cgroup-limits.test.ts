/** Limits as files of v1 and v2: data in, data out. */
import assert from 'node:assert/strict';
import type { Limit } from '../../../src/runtime/cgroup-limit.ts';
import { limitsNamed, limitsV1, limitsV2, weightOf } from '../../../src/runtime/cgroup-limits.ts';
import { cgroupPath } from '../../../src/runtime/cgroup-path.ts';
import { resourcesSchema, type Resources } from '../../../src/runtime/resources.ts';
import { validate } from '../../../src/runtime/validation.ts';

const files = (limits: Limit[]): Record<string, string> =>
  Object.fromEntries(limits.map(({ file, value }) => [file, value]));

const all: Resources = {
  memory: { limit: 1000, swap: 3000, reservation: 500, swappiness: 60 },
  cpu: { shares: 1024, quota: 50_000, period: 100_000, cpus: '0-1', mems: '0' },
  pids: { limit: 7 },
  blockIO: { weight: 1000, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 99 }] },
  hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
  rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 1000 } },
};

describe('limits of a cgroup', () => {
  it('have their files in the hierarchies of v1', () => {
    assert.deepEqual(
      files(limitsV1({ ...all, network: { classID: 5, priorities: [{ name: 'eth0', priority: 2 }] } })),
      {
        'cpuset.cpus': '0-1',
        'cpuset.mems': '0',
        'memory.limit_in_bytes': '1000',
        'memory.memsw.limit_in_bytes': '3000',
        'memory.soft_limit_in_bytes': '500',
        'memory.swappiness': '60',
        'cpu.shares': '1024',
        'cpu.cfs_period_us': '100000',
        'cpu.cfs_quota_us': '50000',
        'pids.max': '7',
        'blkio.weight': '1000',
        'blkio.throttle.read_bps_device': '8:0 99',
        'hugetlb.2MB.limit_in_bytes': '0',
        'net_cls.classid': '5',
        'net_prio.ifpriomap': 'eth0 2',
        'rdma.max': 'mlx5_1 hca_handle=3 hca_object=1000',
      },
    );
  });

  it('have other files, and sometimes other numbers, in v2', () => {
    assert.deepEqual(files(limitsV2(all)), {
      'cpuset.cpus': '0-1',
      'cpuset.mems': '0',
      'memory.max': '1000',
      'memory.swap.max': '2000',
      'memory.low': '500',
      'cpu.weight': '39',
      'cpu.max': '50000 100000',
      'pids.max': '7',
      'io.weight': 'default 10000',
      'io.max': '8:0 rbps=99',
      'hugetlb.2MB.max': '0',
      'rdma.max': 'mlx5_1 hca_handle=3 hca_object=1000',
    });
    assert.deepEqual([2, 1024, 262_144, 0, 10 ** 9].map(weightOf), [1, 39, 10_000, 1, 10_000]);
  });

  it('that are none are not written, and -1 lifts one', () => {
    assert.deepEqual(limitsV1({ memory: { limit: 0 }, cpu: { shares: 0, quota: 0 }, pids: { limit: 0 } }), []);
    assert.deepEqual(files(limitsV2({ memory: { limit: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } })), {
      'memory.max': 'max',
      'memory.swap.max': 'max',
      'cpu.max': 'max 100000',
      'pids.max': 'max',
    });
  });

  it('of v2 refuse what has no word there, and swap that is less than memory', () => {
    assert.throws(() => limitsV2({ network: { classID: 1 } }), { code: 'UNSUPPORTED', message: /net_cls/ });
    assert.throws(() => limitsV2({ memory: { limit: 10, swap: 5 } }), { code: 'SPEC_INVALID', message: /less than/ });
    assert.throws(() => limitsV2({ memory: { swap: 5 } }), { code: 'SPEC_INVALID' });
  });

  it('may be files that the config names', () => {
    assert.deepEqual(files(limitsNamed({ unified: { 'memory.high': '5M' } })), { 'memory.high': '5M' });
  });

  it('are bounded in the document already (CVE-2018-20699)', () => {
    const refused = (resources: unknown, message: RegExp): void =>
      assert.throws(() => validate(resourcesSchema, resources, 'config.json'), { code: 'SPEC_INVALID', message });
    for (const cpus of ['1-9000000000000', '3-1', 'x', '0-8192', '1-', '0,,1']) refused({ cpu: { cpus } }, /cpu\.cpus/);
    refused({ cpu: { mems: '1-9000000000000' } }, /cpu\.mems/);
    refused({ blockIO: { weight: 5 } }, /weight/);
    refused({ unified: { '../cgroup.procs': '1' } }, /unified/);
    refused({ unified: { 'cgroup/procs': '1' } }, /unified/);
    refused({ memory: [1] }, /memory: expected an object/);
    refused({ pids: { limit: 1.5 } }, /pids\.limit: expected a whole number/);
    validate(resourcesSchema, { cpu: { cpus: ' 0-3, 7', mems: '' } }, 'config.json');
  });
});

describe('the path of a cgroup', () => {
  it('is taken below the mount point, whatever it begins with', () => {
    assert.deepEqual(['/a/b', 'a/b', '//a/./b/'].map(cgroupPath), ['/a/b', '/a/b', '/a/b']);
  });

  it('of systemd is the one that systemd would make', () => {
    assert.equal(cgroupPath('user-1000.slice:libpod:abc'), '/user.slice/user-1000.slice/libpod-abc.scope');
    assert.equal(cgroupPath(':docker:abc'), '/system.slice/docker-abc.scope');
    assert.equal(cgroupPath('-.slice::abc'), '/abc.scope');
    assert.equal(cgroupPath('a-b-c.slice:x:pod.slice'), '/a.slice/a-b.slice/a-b-c.slice/pod.slice');
  });

  it('is refused where it leads elsewhere', () => {
    for (const path of ['/', '..', '/a/../b', '.', 'x:y:z', '-a.slice:x:y', 'a--b.slice:x:y'])
      assert.throws(() => cgroupPath(path), { code: 'SPEC_INVALID' }, path);
  });
});
