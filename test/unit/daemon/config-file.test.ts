/** What people have in their daemon.json, and what becomes of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile } from '../../../src/daemon/config-file.ts';
import { Live } from '../../../src/daemon/live.ts';
import { checked, type Settings } from '../../../src/daemon/settings.ts';
import type { DrydockError } from '../../../src/errors.ts';

describe('a daemon.json', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'drydock-config-'))));
  after(() => rmSync(folder, { recursive: true }));

  function read(value: object): Settings {
    const path = join(folder, 'daemon.json');
    writeFileSync(path, JSON.stringify(value));
    return checked(readConfigFile(path, true));
  }
  function refused(value: object): string {
    try {
      read(value);
    } catch (error) {
      const { code, message, hint } = error as DrydockError;
      assert.equal(code, 'ENGINE');
      return `${message}; ${hint}`;
    }
    assert.fail(`${JSON.stringify(value)} was taken`);
  }

  it('may say what is so anyway', () => {
    const usual = {
      'live-restore': true,
      'exec-opts': ['native.cgroupdriver=cgroupfs'],
      iptables: true,
      'ip-forward': true,
      icc: true,
      ip: '0.0.0.0',
      'log-level': 'info',
      features: { buildkit: false },
      'storage-opts': [],
      'shutdown-timeout': 60,
      builder: { gc: { enabled: false } },
      'default-runtime': 'runc',
    };
    assert.deepEqual(read(usual), {});
  });

  const refusals: readonly (readonly [value: object, words: RegExp])[] = [
    [{ 'live-restore': false }, /live-restore: false cannot be obeyed: containers always go on .*; take it out/],
    [{ 'userland-proxy-path': '/x' }, /userland-proxy-path cannot be obeyed: there is nothing of the kind here/],
    [{ iptables: false }, /iptables: false cannot be obeyed: networks are made of rules/],
    [{ 'exec-opts': ['native.cgroupdriver=systemd'] }, /exec-opts: .*systemd.* cannot be obeyed: .*cgroupfs/],
    [{ features: { buildkit: true } }, /features: \{"buildkit":true\} cannot be obeyed/],
    [{ 'log-level': 'debug' }, /log-level: "debug" cannot be obeyed: .*; "debug": true/],
    [{ 'userns-remap': 'default' }, /userns-remap: "default" cannot be obeyed/],
    [{ 'no-new-privileges': true }, /no-new-privileges: true .*; say --security-opt no-new-privileges for each/],
    [{ 'metrics-addr': '127.0.0.1:9323' }, /metrics-addr cannot be obeyed: there is nothing of the kind here/],
    [{ liverestore: true }, /don't match any configuration option: liverestore/],
    [{ proxies: { 'http-proxi': 'x' } }, /proxies: the following directives .*: http-proxi; did you mean .*http-proxy/],
    [{ 'max-concurrent-downloads': 0 }, /max-concurrent-downloads: 0 is none of the numbers from 1/],
    [{ bridge: 'averyverylongname123' }, /bridge: 'averyverylongname123' is no name .*it has 20 bytes; at most 15/],
    [
      { bridge: 'a/b' },
      /bridge: 'a\/b' .*it has a slash, a colon, a percent sign or a space; at most 15 bytes without a slash/,
    ],
    [{ bridge: '..' }, /bridge: '\.\.' .*it is a folder to the kernel/],
    [{ mtu: 9 }, /mtu: 9 is none of the numbers from 68 to 65535/],
    [{ mtu: '1400' }, /mtu: expected a number, found the string "1400"/],
    [{ 'default-ulimits': { nofiles: { Soft: 1, Hard: 2 } } }, /invalid ulimit type: nofiles/],
    [{ 'default-ulimits': { nofile: { Soft: 3, Hard: 2 } } }, /ulimit soft limit must be less than or equal to hard/],
    [{ 'default-address-pools': [{ base: '10.9.0.0/16', size: 8 }] }, /size: 8 is no part of 10\.9\.0\.0\/16/],
  ];
  for (const [value, words] of refusals)
    it(`is refused with the reason: ${JSON.stringify(value)}`, () => assert.match(refused(value), words));

  it('may name a bridge with as many bytes as the kernel keeps', () =>
    assert.deepEqual(read({ bridge: 'fifteen-bytes-x' }), { bridge: 'fifteen-bytes-x' }));

  it('says how registries are asked, and what containers and networks get that say nothing', () => {
    const settings = read({
      'max-concurrent-downloads': 7,
      'max-concurrent-uploads': 2,
      'max-download-attempts': 3,
      proxies: { 'http-proxy': 'http://proxy.test:3128', 'no-proxy': 'a.test,b.test' },
      'default-ulimits': { nofile: { Name: 'nofile', Soft: 1000, Hard: 2000 } },
      'default-address-pools': [{ base: '10.9.0.0/16', size: 24 }],
      mtu: 1400,
      'userland-proxy': false,
    });
    assert.equal(settings['http-proxy'], 'http://proxy.test:3128');
    assert.equal(settings['no-proxy'], 'a.test,b.test');
    const live = new Live(settings, { root: '/', run: '/' });
    const { downloads, uploads, attempts } = live.surroundings().registry;
    assert.deepEqual([downloads, uploads, attempts], [7, 2, 3]);
    const { ulimits, pools, mtu, userlandProxy } = live.engineOptions();
    assert.deepEqual(ulimits, [{ Name: 'nofile', Soft: 1000, Hard: 2000 }]);
    assert.deepEqual([pools, mtu, userlandProxy], [[{ base: '10.9.0.0/16', size: 24 }], 1400, false]);
  });
});
