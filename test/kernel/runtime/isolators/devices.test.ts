/** Which devices a container has, and in whose /dev. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compose } from '../../../../src/runtime/compose.ts';
import { hostOf } from '../../../../src/runtime/existing.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import { folder, fresh, leavesNothing, makeBundle, runBox, specOf, type Result } from '../../support.ts';

const numbers = 'cd /dev && stat -c "%n %t:%T" null zero full random urandom tty';
const everything = 'null 1:3\nzero 1:5\nfull 1:7\nrandom 1:8\nurandom 1:9\ntty 5:0\n';

describe('the devices of a container', () => {
  leavesNothing();

  let bundle: string;
  let root: string;
  beforeEach(() => {
    bundle = makeBundle();
    root = join(bundle, 'rootfs');
  });

  const box = (line: string, change?: (spec: Spec) => void): Promise<Result> =>
    runBox({ bundle, spec: specOf({ args: ['sh', '-c', line] }, change) });

  const withoutDev = (spec: Spec): void => {
    spec.mounts = spec.mounts!.filter(({ destination }) => !destination.startsWith('/dev'));
  };
  const asked =
    (devices: NonNullable<Spec['linux']>['devices'], change = withoutDev) =>
    (spec: Spec) => {
      change(spec);
      spec.linux!.devices = devices;
    };
  const makeNode = (name: string, kind: string, major: number, minor: number): void =>
    void execFileSync('mknod', [join(root, name), kind, String(major), String(minor)]);

  it('are made in the /dev of the image when nothing is mounted there', async () => {
    const { text } = await box(`${numbers}; readlink fd; readlink ptmx; echo hello > null`, withoutDev);
    assert.equal(text, `${everything}/proc/self/fd\npts/ptmx\n`);
    rmSync(join(root, 'dev'), { recursive: true });
    assert.equal((await box(numbers, withoutDev)).text, everything, 'also when it has none');
  });

  const typed = (type: string) => (spec: Spec) => {
    withoutDev(spec);
    spec.mounts!.push({ destination: '/dev', type, source: type, options: ['mode=755'] });
  };

  it('are made in a /dev that is a mount of its own', async () => {
    assert.equal((await box(numbers, typed('ramfs'))).text, everything);
  });

  it('are not made in a devtmpfs, which is that of the host', () => {
    const planned = (type: string): number => {
      const spec = specOf({ args: ['true'] }, typed(type));
      const { steps } = compose(isolators, { spec, mode: 'create', host: hostOf(fresh('box'), '/nowhere', bundle) });
      return steps.filter(({ args }) => String(args[1]).startsWith('/dev/')).length;
    };
    assert.equal(planned('devtmpfs'), 0);
    assert.equal(planned('tmpfs'), 11);
  });

  it('are not made in what is bound there, relative to the bundle too', async () => {
    mkdirSync(join(bundle, 'host-dev'));
    await box('true', (spec) => {
      withoutDev(spec);
      spec.mounts!.push({ destination: '/dev', source: 'host-dev', options: ['rbind'] });
    });
    assert.deepEqual(readdirSync(join(bundle, 'host-dev')), []);
  });

  it('are as linux.devices has them, where that names one of the usual', async () => {
    const line = 'stat -c "%n %a %u %t:%T" /dev/null /dev/zero';
    const change = asked([{ path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o600, uid: 7 }]);
    assert.equal((await box(line, change)).text, '/dev/null 600 7 1:3\n/dev/zero 666 0 1:5\n');
  });

  it('lie inside where links on their way lead to', async () => {
    const outside = join(folder, fresh('outside'));
    mkdirSync(outside);
    symlinkSync(outside, join(root, 'dev/out'));
    symlinkSync('../../../../../made', join(root, 'dev/up'));
    const change = asked([
      { path: '/dev/out/first', type: 'c', major: 1, minor: 3 },
      { path: '/dev/up/second', type: 'b', major: 7, minor: 9 },
    ]);
    const { text } = await box(`stat -c "%t:%T" ${outside}/first /made/second`, change);
    assert.equal(text, '1:3\n7:9\n');
    assert.deepEqual(readdirSync(outside), []);
  });

  const there: [what: string, make: () => void, found: RegExp][] = [
    ['another device', () => makeNode('dev/x', 'c', 1, 5), /found c 1:5, wanted c 1:3/],
    ['a device of the other type', () => makeNode('dev/x', 'b', 1, 3), /found b 1:3, wanted c 1:3/],
    ['a file', () => writeFileSync(join(root, 'dev/x'), ''), /found a file, wanted c 1:3/],
    ['a directory', () => mkdirSync(join(root, 'dev/x')), /found a directory, wanted c 1:3/],
    ['a link', () => symlinkSync('null', join(root, 'dev/x')), /found a link, wanted c 1:3/],
  ];
  for (const [what, make, found] of there)
    it(`are refused, with both, where ${what} lies`, async () => {
      make();
      const change = asked([{ path: '/dev/x', type: 'c', major: 1, minor: 3 }]);
      await assert.rejects(box('true', change), { code: 'STEP_FAILED', call: 'mknod_at', message: found });
    });

  it('may lie there already', async () => {
    makeNode('dev/x', 'c', 1, 3);
    const { code } = await box('echo hello > /dev/x', asked([{ path: '/dev/x', type: 'c', major: 1, minor: 3 }]));
    assert.equal(code, 0);
  });
});
