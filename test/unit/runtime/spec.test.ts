/**
 * Config files that nobody should write: each is answered with the place in the document and what was expected there,
 * and nothing is answered with anything but a DrydockError.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DrydockError } from '../../../src/errors.ts';
import { linux316, type Features } from '../../../src/linux/features.ts';
import { defaultSpec } from '../../../src/runtime/default-spec.ts';
import { hostOf } from '../../../src/runtime/existing.ts';
import { cgroups } from '../../../src/runtime/isolators/cgroups.ts';
import { mounts } from '../../../src/runtime/isolators/mounts.ts';
import { readProcess, readSpec, validateSpec, type Spec } from '../../../src/runtime/spec.ts';
import { rounds } from '../../sample.ts';

const RUNS = rounds(300);
const table: Features = { ...linux316, cgroupNamespace: true };

type Loose = Record<string, unknown> & { process: Record<string, unknown>; linux: Record<string, unknown> };

/** The default config as a document that can be changed in any way. */
const document = (change: (spec: Loose) => void = () => undefined): unknown => {
  const spec = structuredClone(defaultSpec({}, table)) as unknown as Loose;
  change(spec);
  return spec;
};

const refused = (change: (spec: Loose) => void, message: RegExp, code = 'SPEC_INVALID'): void =>
  assert.throws(() => validateSpec(document(change), 'config.json'), { name: 'DrydockError', code, message });

describe('config.json', () => {
  it('is accepted as the default writes it', () => {
    assert.deepEqual(validateSpec(document(), 'config.json'), document());
  });

  it('may hold properties that nobody knows', () => {
    validateSpec(
      document((spec) => {
        spec.vendor = { a: 1 };
        spec.process.vendor = 'x';
      }),
      'config.json',
    );
  });

  describe('on disk', () => {
    let bundle: string;
    beforeEach(() => void (bundle = mkdtempSync(join(tmpdir(), 'drydock-spec-'))));
    afterEach(() => rmSync(bundle, { recursive: true }));

    const read = (text: string): Spec => {
      writeFileSync(join(bundle, 'config.json'), text);
      return readSpec(bundle);
    };

    it('must be there, and a file', () => {
      assert.throws(() => readSpec(bundle), { code: 'SPEC_UNREADABLE', message: /config\.json/ });
      assert.throws(() => readSpec('/dev/null'), { code: 'SPEC_UNREADABLE' });
    });

    it('must be JSON', () => {
      for (const text of ['', '{', '{"process": }', '\0', 'null null', '{"a":1}}', '\u00ff\u00fe'])
        assert.throws(() => read(text), { code: 'SPEC_INVALID', message: /config\.json is not JSON/ }, text);
    });

    it('must be an object', () => {
      for (const text of ['null', '1', '"text"', '[]', 'true'])
        assert.throws(() => read(text), { code: 'SPEC_INVALID', message: /config\.json: .*expected/ }, text);
    });

    it('may say null for what it says nothing of', () => {
      const { ociVersion, process, root } = document() as Loose;
      const nothing = { mounts: null, hooks: null, linux: { seccomp: null, resources: { devices: null } } };
      const spec = read(JSON.stringify({ ociVersion, root, process: { ...process, rlimits: null }, ...nothing }));
      assert.deepEqual(spec.linux, { resources: {} });
      assert(!('mounts' in spec || 'hooks' in spec || 'rlimits' in spec.process));
      const wrong = JSON.stringify({ ociVersion, root, process: { ...process, args: ['sh', null] } });
      assert.throws(() => read(wrong), { code: 'SPEC_INVALID', message: /process\.args\.1: expected .*found nothing/ });
    });

    it('is no nested tower', () => {
      const deep = 100_000;
      assert.throws(() => read('['.repeat(deep) + ']'.repeat(deep)), { code: 'SPEC_INVALID' });
    });
  });

  const wrong: [what: string, change: (spec: Loose) => void, message: RegExp][] = [
    [
      'no process',
      (spec) => void delete (spec as Partial<Loose>).process,
      /process: expected something, because it is required, found nothing$/,
    ],
    [
      'args that are a string',
      ({ process }) => (process.args = 'sh'),
      /process\.args: expected a list, found the string "sh"$/,
    ],
    ['no args', ({ process }) => (process.args = []), /process\.args: expected at least the program/],
    [
      'a number among the args',
      ({ process }) => (process.args = ['a', 1]),
      /process\.args\.1: expected a string, found the number 1$/,
    ],
    ['a relative cwd', ({ process }) => (process.cwd = 'tmp'), /process\.cwd: expected an absolute path/],
    ['an environment without =', ({ process }) => (process.env = ['A']), /process\.env\.0: expected NAME=value/],
    [
      'a terminal that is text',
      ({ process }) => (process.terminal = 'yes'),
      /process\.terminal: expected true or false, found the string "yes"$/,
    ],
    ['another version', (spec) => (spec.ociVersion = '2.0.0'), /ociVersion: expected a version 1/],
    [
      'a host name of 65 bytes',
      (spec) => (spec.hostname = 'ü'.repeat(33)),
      /hostname: expected at most 64 bytes, found/,
    ],
    ['half a uid', ({ process }) => (process.user = { uid: 0.5, gid: 0 }), /uid: expected a whole number, found the n/],
    ['a long text', (spec) => (spec.root = 'x'.repeat(999)), /root: expected an object, found the string "x{59}…$/],
    ['a root that is text', (spec) => (spec.root = '/'), /root: expected an object/],
    ['mounts that are an object', (spec) => (spec.mounts = {}), /mounts: expected a list/],
    ['a mount without a destination', (spec) => (spec.mounts = [{}]), /mounts\.0\.destination: expected/],
    ['a relative destination', (spec) => (spec.mounts = [{ destination: 'a' }]), /mounts\.0\.destination: expected an/],
    [
      'an unknown namespace',
      ({ linux }) => (linux.namespaces = [{ type: 'moon' }]),
      /namespaces\.0\.type: expected one of "mount", .*, found the string "moon"$/,
    ],
    ['a relative namespace', ({ linux }) => (linux.namespaces = [{ type: 'pid', path: 'x' }]), /namespaces\.0\.path/],
    ['namespaces that are text', ({ linux }) => (linux.namespaces = 'pid'), /linux\.namespaces: expected a list/],
    [
      'the same namespace twice',
      ({ linux }) => (linux.namespaces = [{ type: 'pid' }, { type: 'pid' }]),
      /'pid'.*twice/,
    ],
    [
      'a mount over the root',
      (spec) => (spec.mounts = [{ destination: '//.' }]),
      /mounts\.0\.destination: .*root\.path/,
    ],
    ['a device of an unknown type', ({ linux }) => (linux.devices = [{ path: '/x', type: 'z' }]), /devices\.0\.type/],
    ['a device of no type', ({ linux }) => (linux.devices = [{ path: '/x', major: 1 }]), /devices\.0\.type/],
    ['a device over the root', ({ linux }) => (linux.devices = [{ path: '/', type: 'p' }]), /devices\.0\.path/],
    [
      'a mode out of range',
      ({ process }) => (process.user = { uid: 0, gid: 0, umask: 0o10000 }),
      /user\.umask: expected a number up to 4095, found the number 4096$/,
    ],
    ['a mapping of nothing', ({ linux }) => (linux.uidMappings = [{ containerID: 0, hostID: 0, size: 0 }]), /size/],
    ['a hook without a path', (spec) => (spec.hooks = { prestart: [{}] }), /hooks\.prestart\.0\.path/],
    [
      'annotations that are numbers',
      (spec) => (spec.annotations = { a: 1 }),
      /annotations\.a: expected a string, found the number 1$/,
    ],
  ];
  for (const [what, change, message] of wrong) it(`is refused with ${what}`, () => refused(change, message));

  it('is refused with a device whose numbers are missing or wrong', () => {
    for (const type of ['c', 'b', 'u']) {
      const device = { path: '/x', type, major: 1, minor: 3 };
      for (const number of [undefined, null, -1, 0.5, '1', 2 ** 12])
        refused(({ linux }) => (linux.devices = [device, { ...device, major: number }]), /devices\.1\.major: expected/);
      for (const number of [undefined, null, -1, 0.5, '1', 2 ** 20])
        refused(({ linux }) => (linux.devices = [{ ...device, minor: number }]), /devices\.0\.minor: expected/);
    }
    validateSpec(
      document(({ linux }) => (linux.devices = [{ path: '/x', type: 'p' }])),
      'config.json',
    );
  });

  it('has one spelling for each place', () => {
    const spec = validateSpec(
      document((any) => {
        any.mounts = ['//dev', '/dev/', '/x/../dev/.', '/a b//c/'].map((destination) => ({ destination }));
        any.linux.devices = [{ path: '//dev//x/', type: 'p' }];
      }),
      'config.json',
    );
    assert.deepEqual(
      spec.mounts!.map(({ destination }) => destination),
      ['/dev', '/dev', '/dev', '/a b/c'],
    );
    assert.equal(spec.linux!.devices![0]!.path, '/dev/x');
  });

  it('is refused with user ids that wrap around or are no numbers', () => {
    for (const uid of [2 ** 31, 2 ** 32, 2 ** 32 + 1, -1, 0.5, '0', '1x', null, NaN, Infinity, [], true]) {
      refused(({ process }) => (process.user = { uid, gid: 0 }), /process\.user\.uid: expected/);
      refused(({ process }) => (process.user = { uid: 0, gid: uid }), /process\.user\.gid: expected/);
      refused(
        ({ process }) => (process.user = { uid: 0, gid: 0, additionalGids: [0, uid] }),
        /process\.user\.additionalGids\.1: expected/,
      );
    }
    validateSpec(
      document(({ process }) => (process.user = { uid: 2 ** 31 - 1, gid: 2 ** 31 - 1 })),
      'config.json',
    );
  });

  it('is refused with a NUL byte in anything that the kernel gets as a string', () => {
    const nul = 'a\0b';
    refused(({ process }) => (process.args = ['sh', nul]), /process\.args\.1: expected a string without NUL/);
    refused(({ process }) => (process.env = [`A=${nul}`]), /process\.env\.0/);
    refused(({ process }) => (process.cwd = `/${nul}`), /process\.cwd/);
    refused((spec) => (spec.root = { path: nul }), /root\.path/);
    refused((spec) => (spec.hostname = nul), /hostname/);
    refused((spec) => (spec.domainname = nul), /domainname/);
    for (const name of ['destination', 'source', 'type'])
      refused((spec) => (spec.mounts = [{ destination: '/x', [name]: `/${nul}` }]), new RegExp(`mounts\\.0\\.${name}`));
    refused((spec) => (spec.mounts = [{ destination: '/x', options: [nul] }]), /mounts\.0\.options\.0/);
    refused(({ linux }) => (linux.namespaces = [{ type: 'pid', path: `/${nul}` }]), /namespaces\.0\.path/);
    refused(({ linux }) => (linux.devices = [{ path: `/${nul}`, type: 'c' }]), /devices\.0\.path/);
    refused(({ linux }) => (linux.cgroupsPath = nul), /linux\.cgroupsPath/);
    refused((spec) => (spec.hooks = { poststop: [{ path: `/${nul}` }] }), /hooks\.poststop\.0\.path/);
  });

  it('is refused with a timeout of a hook that nobody could count', () => {
    const hook = { path: '/bin/true', timeout: 1e300 };
    refused(
      (spec) => (spec.hooks = { startContainer: [hook] }),
      /hooks\.startContainer\.0\.timeout: expected a number up/,
    );
  });

  it('is refused by name with what would confine and is not applied', () =>
    refused(({ linux }) => (linux.intelRdt = { closID: 'x' }), /does not apply linux\.intelRdt/, 'UNSUPPORTED'));

  it('is read as the process of an exec, too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-spec-'));
    const path = join(folder, 'process.json');
    const process = { args: ['id'], cwd: '/', user: { uid: 0, gid: 0 } };
    writeFileSync(path, JSON.stringify(process));
    assert.deepEqual(readProcess(path), process);
    writeFileSync(path, JSON.stringify({ ...process, cwd: 'tmp' }));
    assert.throws(() => readProcess(path), { code: 'SPEC_INVALID', message: /process\.json: cwd/ });
    rmSync(folder, { recursive: true });
  });

  const host = hostOf(`box-${process.pid}`, '/nowhere', '/nowhere');

  it('is refused with what would confine otherwise than it says', () => {
    const rlimits =
      (...all: object[]) =>
      ({ process }: Loose) =>
        void (process.rlimits = all);
    refused(
      rlimits({ type: 'RLIMIT_CORE', soft: 2, hard: 1 }),
      /process\.rlimits\.0: expected a soft limit that is not above/,
    );
    refused(
      rlimits({ type: 'RLIMIT_WIND', soft: 1, hard: 1 }),
      /process\.rlimits\.0\.type: expected one of "RLIMIT_CPU"/,
    );
    const core = { type: 'RLIMIT_CORE', soft: 1, hard: 1 };
    refused(rlimits(core, core), /process\.rlimits: expected each type once/);
    refused(({ process }) => (process.oomScoreAdj = 1001), /oomScoreAdj: expected a number up to 1000/);
    refused(({ process }) => (process.capabilities = ['CAP_KILL']), /process\.capabilities: expected an object/);
    refused(({ linux }) => (linux.maskedPaths = ['proc']), /maskedPaths\.0: expected an absolute path/);
    refused(
      ({ linux }) => (linux.seccomp = { defaultAction: 'ALLOW' }),
      /seccomp\.defaultAction: expected one of "SCMP_ACT/,
    );
    const huge = { index: 0, value: 2 ** 60, op: 'SCMP_CMP_EQ' };
    const rule = { names: ['read'], action: 'SCMP_ACT_ALLOW', args: [huge] };
    refused(({ linux }) => (linux.seccomp = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [rule] }), /args\.0\.value/);
  });

  it('is refused with a cgroup outside its place', () => {
    for (const cgroupsPath of [
      '/',
      '//',
      './',
      '/.',
      '..',
      '/..',
      'a/../../b',
      '/drydock/..',
      '../../etc',
      '/drydock',
      'drydock/',
    ]) {
      const spec = validateSpec(
        document(({ linux }) => (linux.cgroupsPath = cgroupsPath)),
        'config.json',
      );
      assert.throws(() => cgroups.claim!(spec, host), { code: 'SPEC_INVALID', message: /cgroupsPath/ }, cgroupsPath);
    }
  });

  it('is refused with a mount over procfs', () => {
    for (const destination of ['/proc/self', '/proc/sys', '//proc//1', '/proc/../proc/x', '/a/../proc', '/proc/.'])
      for (const type of ['bind', 'tmpfs', 'sysfs', undefined]) {
        const spec = validateSpec(
          document((any) => (any.mounts = [{ destination, type }])),
          'config.json',
        );
        assert.throws(() => mounts.claim!(spec, host), { code: 'SPEC_INVALID', message: /inside \/proc/ }, destination);
      }
  });

  it('may show the procfs of the host, whole and in its place, and no other part of the host there', () => {
    const claim = (source: string, destination: string): unknown => {
      const bind = { type: 'bind', options: ['rbind'], source, destination };
      const spec = validateSpec(
        document((any) => (any.mounts = [bind])),
        'config.json',
      );
      return mounts.claim!(spec, host);
    };
    claim('/proc', '/proc');
    for (const [source, destination] of [
      ['/proc', '/proc/sys'],
      ['/proc/1', '/proc'],
      ['/tmp', '/proc'],
      ['/proc/../tmp', '/proc'],
    ] as const)
      assert.throws(() => claim(source, destination), { code: 'SPEC_INVALID', message: /inside \/proc/ });
  });

  it('is answered with a DrydockError that names a place, whatever is in it', () => {
    const places = pathsOf(document());
    const value = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.jsonValue({ maxDepth: 3 }),
      fc.integer(),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('/', '..', '__proto__', 'constructor', '\0', {}, [], [[]], [null], -1, 2 ** 32),
    );
    const change = fc.record({ place: fc.nat(places.length - 1), key: fc.option(fc.string(), { freq: 10 }), value });
    let accepted = 0;
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const spec = document();
      for (const { place, key, value } of changes) set(spec, places[place]!, key, value);
      try {
        validateSpec(spec, 'HERE');
        accepted++;
      } catch (error) {
        assert(error instanceof DrydockError, String(error));
        assert(['SPEC_INVALID', 'UNSUPPORTED'].includes(error.code), error.code);
        assert.match(error.message, /^HERE: [a-zA-Z(]/);
        assert.doesNotMatch(error.message, /undefined|\[object|Invalid|Expected/);
      }
    });
    fc.assert(property, { numRuns: RUNS, seed: 20 });
    assert(accepted > 0 && accepted < RUNS, `${accepted} of ${RUNS} accepted: the changes must be of both kinds`);
  });
});

/** Every place in a document. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((path) => [key, ...path]))];
}

/** Puts a value at a place, or at a key below it; places that are no more there are left alone. */
function set(document: unknown, path: readonly string[], key: string | null, value: unknown): void {
  const whole = [...path, ...(key === null ? [] : [key])];
  const last = whole.pop();
  let at = document;
  for (const name of whole) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : at;
  if (last !== undefined && typeof at === 'object' && at !== null)
    Reflect.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true });
}
