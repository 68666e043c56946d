/**
 * Config files that nobody should write, given to the real runtime: each is a container up to its start, or a
 * DrydockError that says where in the document or at which step; nothing crashes, and nothing is left.
 *
 * DRYDOCK_ROUNDS=20000 for the long run.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { DrydockError } from '../../../src/errors.ts';
import { features } from '../../../src/linux/features.ts';
import { create } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { validateSpec, type Spec } from '../../../src/runtime/spec.ts';
import { boxed, fresh, leavesNothing, leftovers, makeBundle, nothingLeft, run, specOf } from '../support.ts';
import { rounds } from '../../sample.ts';

const ROUNDS = rounds(400);
/** How often everything is compared with before. */
const LOOK_EVERY = 100;

/** A config that asks for something of everything. */
function richDocument(): Spec {
  return specOf({ args: ['true'], hostname: 'pier' }, (spec) => {
    const { process, linux } = spec;
    spec.domainname = 'harbour';
    spec.annotations = { colour: 'red' };
    Object.assign(process, {
      noNewPrivileges: true,
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 1 }],
      oomScoreAdj: 10,
      scheduler: { policy: 'SCHED_BATCH', nice: 3 },
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 3 },
      consoleSize: { height: 24, width: 80 },
    });
    Object.assign(process.user, { additionalGids: [5, 7], umask: 0o22 });
    spec.mounts!.push(
      { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=64k', 'tmpcopyup'] },
      { destination: '/volume', type: 'bind', source: 'volume', options: ['rbind', 'ro', 'rslave'] },
    );
    Object.assign(linux!, {
      devices: [{ path: '/dev/mine', type: 'c', major: 1, minor: 5, fileMode: 0o600, uid: 1, gid: 2 }],
      sysctl: { 'net.ipv4.ip_default_ttl': '77' },
      rootfsPropagation: 'rprivate',
      personality: { domain: 'LINUX' },
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        ...(features().seccompSyscall ? { flags: ['SECCOMP_FILTER_FLAG_LOG'] } : {}),
        syscalls: [
          {
            names: ['mkdir'],
            action: 'SCMP_ACT_ERRNO',
            errnoRet: 1,
            args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }],
          },
        ],
      },
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        memory: { limit: 64 << 20, swappiness: 60 },
        cpu: { shares: 512, quota: 50_000, period: 100_000 },
        pids: { limit: 50 },
      },
    });
  });
}

/** Every place in a document. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** What a value is replaced by: others of its kind first, since those come further. */
const values = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', '/', '..', 'a/../../b', '\0', '__proto__', {}, [], [null], [[]]),
  fc.constantFrom<unknown>(-1, 0, 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0.5, true, false),
  fc.constantFrom<unknown>(
    '/proc',
    '/dev/null',
    '/dev',
    'c',
    'b',
    'p',
    'tmpfs',
    'proc',
    'ro',
    'rshared',
    'idmap',
    'bind',
  ),
  fc.constantFrom<unknown>(
    'pid',
    'user',
    'time',
    'SCMP_ACT_KILL',
    'SCMP_ACT_NOTIFY',
    'CAP_WIND',
    'RLIMIT_AS',
    'LINUX32',
  ),
  fc.integer({ min: -100, max: 100_000 }),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

function set(document: unknown, path: readonly string[], value: unknown): void {
  const whole = [...path];
  const last = whole.pop();
  let at = document;
  for (const name of whole) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : at;
  if (last !== undefined && typeof at === 'object' && at !== null)
    Reflect.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true });
}

/** What an answer may be. INTERNAL is never one. */
const answers = new Set([
  'SPEC_INVALID',
  'UNSUPPORTED',
  'STEP_FAILED',
  'SYSCALL',
  'PROGRAM_NOT_FOUND',
  'PROGRAM_NOT_EXECUTABLE',
  'ROOTFS_INVALID',
  'CGROUP_IN_USE',
  'SHIM_DIED',
]);

describe('any config', function () {
  this.timeout(60 * 60_000);
  leavesNothing();

  // Thousands of warnings of capabilities that nobody knows, each of them right.
  let printers: ((...args: never[]) => void)[];
  before(() => {
    printers = process.listeners('warning');
    process.removeAllListeners('warning');
  });
  after(() => printers.forEach((printer) => process.on('warning', printer as never)));

  it(`is a container or an error that says where, and leaves nothing: ${ROUNDS} of them`, async () => {
    const bundle = join(makeBundle());
    mkdirSync(join(bundle, 'volume'), { recursive: true });
    const places = placesIn(richDocument());
    const change = fc.record({ place: fc.nat(places.length - 1), value: values });
    const before = leftovers();
    const count = { created: 0, refused: 0 };

    const attempt = async (changes: { place: number; value: unknown }[]): Promise<void> => {
      const document: unknown = structuredClone(richDocument());
      for (const { place, value } of changes) set(document, places[place]!, value);
      const id = fresh('fuzz');
      try {
        const spec = validateSpec(document, 'HERE');
        const box = await create(boxed({ spec, id, bundle }));
        await remove(run, id, { force: true });
        await box.wait();
        count.created++;
      } catch (error) {
        const { code, message } = error as DrydockError;
        assert(error instanceof DrydockError, String((error as Error).stack));
        assert(answers.has(code), `${code}: ${message}`);
        if (code === 'SPEC_INVALID') assert.match(message, /[a-zA-Z]+(\.|:| )/);
        count.refused++;
      }
      if ((count.created + count.refused) % LOOK_EVERY === 0) await nothingLeft(before);
    };
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), attempt);
    await fc.assert(property, { numRuns: ROUNDS, endOnFailure: true });
    console.log(`      ${count.created} created, ${count.refused} refused`);
    // A few rounds may all be of one kind.
    if (ROUNDS >= 300) assert(count.created > 0 && count.refused > 0, JSON.stringify(count));
  });
});
