import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { linux316 } from '../../../src/linux/features.ts';
import { compose, release, resolve } from '../../../src/runtime/compose.ts';
import { defaultSpec } from '../../../src/runtime/default-spec.ts';
import { withInit } from '../../../src/runtime/init.ts';
import type { Host, Isolator } from '../../../src/runtime/isolator.ts';
import { process as processIsolator } from '../../../src/runtime/isolators/process.ts';
import { slot } from '../../../src/runtime/plan.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { phases } from '../../../src/runtime/words.ts';

const spec = defaultSpec({}, linux316);
const host: Host = {
  id: 'c1',
  stateDir: '/nowhere',
  bundle: '/nowhere',
  features: linux316,
  privileged: true,
  preserveFds: 0,
  consoleSocket: false,
};

const program: Isolator = {
  name: 'program',
  summary: '',
  steps: (plan) => void plan.execve(['true'], []),
};

function isolator(name: string, more: Partial<Isolator> = {}): Isolator {
  return { name, summary: '', ...more };
}

const composed = (...stack: Isolator[]) => compose(stack, { spec, mode: 'create', host });

describe('the signals of an init', () => {
  const held = (init: Spec): boolean =>
    compose([processIsolator], { spec: init, mode: 'create', host }).steps.some(({ call }) => call === 'hold_signals');

  it('are held until ours is ready for them', () => assert(held(withInit(spec))));

  it('are left as they are for another one, and for a program without one', () => {
    // tini gives its program the mask that it was started with.
    assert(!held(withInit(spec, '/usr/bin/docker-init')));
    assert(!held({ ...spec, process: { ...spec.process, args: ['/sbin/docker-init', '--', 'true'] } }));
    assert(!held(spec));
  });
});

describe('compose', () => {
  it('sorts steps by phase, then by the place of the isolator, then as recorded', () => {
    const late = isolator('late', {
      steps(plan) {
        plan.umask(1);
        plan.sethostname('late-1');
        plan.sethostname('late-2');
      },
    });
    const early = isolator('early', { steps: (plan) => void plan.sethostname('early') });
    const { steps } = composed(early, late, program);
    assert.deepEqual(
      steps.map(({ call, args }) => [call, args[0]]),
      [
        ['sync', 'mounted'],
        ['sethostname', 'early'],
        ['sethostname', 'late-1'],
        ['sethostname', 'late-2'],
        ['umask', 1],
        ['await_go', slot('go')],
        ['execve', ['true']],
      ],
    );
    const order = steps.map(({ phase }) => phases.indexOf(phase));
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });

  it('names the line that recorded a step', () => {
    const lines = readFileSync(__filename, 'utf8').split('\n');
    const { steps } = composed(isolator('uts', { steps: (plan) => void plan.sethostname('this line') }), program);
    const [, line] = /compose\.test\.ts:(\d+)$/.exec(steps.find(({ call }) => call === 'sethostname')!.at.place)!;
    assert.match(lines[Number(line) - 1]!, /sethostname\('this line'\)/);
  });

  it('puts no waiting into the plan of an exec', () => {
    const { steps } = compose([program], { spec, mode: 'exec', host });
    assert.deepEqual(
      steps.map(({ call }) => call),
      ['execve'],
    );
  });

  it('refuses a stack in which something required is missing, by both names', () => {
    assert.throws(() => composed(isolator('devices', { requires: ['mounts'] }), program), {
      code: 'STACK_INVALID',
      message: /'devices' needs 'mounts'/,
    });
  });

  it('refuses an isolator that is there twice', () => {
    assert.throws(() => composed(program, program), { code: 'STACK_INVALID', message: /'program' .* twice/ });
  });

  it('refuses a stack that starts no program', () => {
    assert.throws(() => composed(isolator('uts')), { code: 'STACK_INVALID' });
  });

  it('refuses a word without a phase from an isolator that has none', () => {
    assert.throws(() => composed(isolator('lost', { steps: (plan) => void plan.chdir('/') }), program), {
      code: 'PLAN_INVALID',
      message: /lost: chdir has no phase/,
    });
  });

  it('leaves out an isolator whose place another one takes', () => {
    const stack = resolve([isolator('chroot'), isolator('pivot', { replaces: 'chroot' })]);
    assert.deepEqual(
      stack.map(({ name }) => name),
      ['pivot'],
    );
  });

  it('asks each isolator for its claim once, and hands it back', async () => {
    const seen: unknown[] = [];
    const claiming = isolator('claiming', {
      claim: () => ({ path: '/sys/x' }),
      prepare: (claim) => void seen.push(claim),
      steps: (_plan, _context, claim) => void seen.push(claim),
    });
    const composition = composed(claiming, program);
    await composition.prepare();
    assert.deepEqual(composition.claims, { claiming: { path: '/sys/x' } });
    assert.deepEqual(seen, [{ path: '/sys/x' }, { path: '/sys/x' }]);
  });
});

describe('release', () => {
  it('goes backwards through what was claimed, and only that', async () => {
    const released: string[] = [];
    const claims = (name: string) => isolator(name, { release: () => void released.push(name) });
    await release([claims('first'), claims('unclaimed'), claims('second')], { first: 1, second: 2 }, host);
    assert.deepEqual(released, ['second', 'first']);
  });

  it('goes on after a failure and tells it at the end', async () => {
    const released: string[] = [];
    const failing = isolator('failing', {
      release() {
        throw new Error('busy');
      },
    });
    const first = isolator('first', { release: () => void released.push('first') });
    await assert.rejects(release([first, failing], { first: 1, failing: 1 }, host), /busy/);
    assert.deepEqual(released, ['first']);
  });
});
