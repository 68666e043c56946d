/** The checks of `namespaces`: whether the container has a PID namespace, its own or the one that config.json names. */
import { check, consequence, type Check } from '../../src/learn/check/check.ts';
import { membersOf, namespaceOf, processFacts, until } from '../../src/learn/facts.ts';
import { cloneText } from '../../src/learn/specs.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { orphansIn, PROGRAM, withOrphans } from './programs.ts';

const NAMESPACES = 'isolators/pid.ts#namespaces';
export const OWN_NAMESPACE = 'the container has its own PID namespace';

const own = check(
  OWN_NAMESPACE,
  {
    slot: NAMESPACES,
    see: 'readlink /proc/self/ns/pid /proc/PID/ns/pid    (PID: of the container)',
    hint: ({ did }) => [
      'A namespace is not made by a step of the plan but by the clone itself. What was it asked for? Look at "you did".',
      `${String(did)} has no NEWPID in it. The clone's flags are the \`type\`s of what \`namespaces\` returns.`,
      "For a config that asks for one without a path, return [{ type: 'pid', how: 'clone' }].",
    ],
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM });
    const did = t.fact('did', cloneText(t.stack, container.spec));
    const [theirs, ours] = [namespaceOf(container.pid, 'pid'), namespaceOf('self', 'pid')];
    t.must(theirs !== ours, {
      did,
      kernel: `/proc/${container.pid}/ns/pid is ${theirs}, and so is ours`,
      wanted: 'another one (pid_namespaces(7), CLONE_NEWPID)',
    });
  },
);

const numbers = consequence(
  'its first process is number 1 inside, and another number outside',
  {
    slot: NAMESPACES,
    needs: [OWN_NAMESPACE],
    see: 'grep NSpid /proc/PID/status    (PID: of the container)',
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM });
    const { numbers } = processFacts(container.pid)!;
    t.fact('numbers', numbers.join(' '));
    t.must(numbers.length === 2 && numbers.at(-1) === 1, {
      did: cloneText(t.stack, container.spec),
      kernel: `NSpid of process ${container.pid} is ${numbers.join(' ')}`,
      wanted: `${container.pid} 1`,
    });
  },
);

const dies = consequence(
  'when its number 1 ends, the kernel ends all others',
  {
    slot: NAMESPACES,
    needs: [OWN_NAMESPACE],
    see: './drydock try sh -c "sleep 1000 & sleep 1"; pgrep -f "sleep 1000"',
  },
  async (t) => {
    const container = await t.run({ args: withOrphans });
    const space = namespaceOf(container.pid, 'pid');
    await orphansIn(container);
    process.kill(container.pid, 'SIGKILL');
    await container.ended();
    const empty = await until(() => membersOf(space, 'pid').length === 0);
    const left = t.fact('left', membersOf(space, 'pid').length);
    t.must(empty, { did: 'kill(1, SIGKILL)', kernel: `${left} of its processes live on`, wanted: 'none' });
  },
);

const joined = check(
  'a PID namespace that config.json names is joined, not made',
  {
    slot: NAMESPACES,
    needs: [OWN_NAMESPACE],
    see: './drydock oci spec; set linux.namespaces to [{"type":"pid","path":"/proc/PID/ns/pid"}, …]    (PID: of the container)',
    hint: ({ is, wanted }) => [
      'Two containers may share their processes: config.json then has a `path` beside the type.',
      `It named ${String(wanted)}, and the container is in ${String(is)}.`,
      "With a path, return { type: 'pid', how: 'join', path }. Without this type in the list, return [].",
    ],
  },
  async (t) => {
    const first = await t.run({ args: PROGRAM });
    const path = `/proc/${first.pid}/ns/pid`;
    const second = await t.run({ args: PROGRAM, adjust: (spec) => withPidNamespace(spec, { type: 'pid', path }) });
    const is = t.fact('is', namespaceOf(second.pid, 'pid'));
    const wanted = t.fact('wanted', namespaceOf(first.pid, 'pid'));
    t.must(is === wanted, {
      did: cloneText(t.stack, second.spec),
      kernel: `it is in ${is}`,
      wanted: `${wanted}, as path says`,
    });
    await second.remove();

    const third = await t.run({ args: PROGRAM, adjust: (spec) => withPidNamespace(spec) });
    const ours = namespaceOf('self', 'pid');
    t.fact('is', namespaceOf(third.pid, 'pid'));
    t.fact('wanted', `no PID namespace: that is ${ours}, ours`);
    t.must(namespaceOf(third.pid, 'pid') === ours, {
      did: cloneText(t.stack, third.spec),
      kernel: 'a new PID namespace, and config.json did not ask for one',
      wanted: `ours, ${ours}`,
    });
  },
);

function withPidNamespace(spec: Spec, ...asked: { type: 'pid'; path?: string }[]): Spec {
  const others = (spec.linux?.namespaces ?? []).filter(({ type }) => type !== 'pid');
  return { ...spec, linux: { ...spec.linux, namespaces: [...others, ...asked] } };
}

export const namespaceChecks: readonly Check[] = [own, numbers, dies, joined];
