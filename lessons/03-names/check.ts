/**
 * What the kernel has to confirm in lesson names.
 *
 * A container that has no UTS namespace of its own renames whatever it is in. So all containers are made on a stand-in
 * for the host, which has a name that may be lost.
 */
import { DrydockError } from '../../src/errors.ts';
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { namespaceOf, until } from '../../src/learn/facts.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import { cloneText, mighty } from '../../src/learn/specs.ts';
import { standIn, type StandIn } from '../../src/learn/stand-in.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { queueProgram, withNamespace, withQueue } from './containers.ts';

const UTS = 'isolators/uts.ts#namespaces';
const STEPS = 'isolators/uts.ts#steps';
const IPC = 'isolators/ipc.ts#namespaces';
const CLAIM = 'isolators/uts.ts#claim';
const OWN_UTS = 'the container has its own UTS namespace';
const OWN_IPC = 'the container has its own IPC namespace';
const JOINED_UTS = 'a UTS namespace that config.json names is joined, not made';
const NAMELESS = 'a config without names changes none';
const NAMED = 'it has the names of config.json, and the host keeps its own';

const PROGRAM = ['sleep', '1000'];

type Run = (options?: Partial<LabOptions>) => Promise<LabContainer>;

/** Containers of the learner's runtime on a stand-in, which ends when they have been judged. */
async function onStandIn(t: Bench, judge: (run: Run, host: StandIn) => Promise<void>): Promise<void> {
  const host = await standIn('uts', 'ipc');
  try {
    await judge((options) => t.run({ args: PROGRAM, stack: [host.isolator, ...t.stack], ...options }), host);
  } finally {
    await host.close();
  }
}

const DOMAIN = '/proc/sys/kernel/domainname';

const inside = async (container: LabContainer, ...args: string[]): Promise<string> =>
  (await container.inside(args)).output.trim();

/** That there is a new one. */
function own(
  title: string,
  slot: string,
  type: 'uts' | 'ipc',
  more?: (t: Bench, run: Run, host: StandIn) => Promise<void>,
): Check {
  const flag = `NEW${type.toUpperCase()}`;
  return check(
    title,
    {
      slot,
      see: `readlink /proc/self/ns/${type} /proc/PID/ns/${type}    (PID: of the container)`,
      hint: ({ did }) => [
        'A namespace is not made by a step of the plan but by the clone itself. What was it asked for? Look at "you did".',
        `${String(did)} has no ${flag} in it. The clone's flags are the \`type\`s of what \`namespaces\` returns.`,
        `For a config that asks for one without a path, return [{ type: '${type}', how: 'clone' }].`,
      ],
    },
    (t) =>
      onStandIn(t, async (run, host) => {
        const container = await run();
        const [theirs, ours] = [namespaceOf(container.pid, type), namespaceOf(host.pid, type)];
        t.must(theirs !== ours, {
          did: t.fact('did', cloneText(t.stack, container.spec)),
          kernel: `/proc/${container.pid}/ns/${type} is ${theirs}, and so is the host’s`,
          wanted: `another one (${type}_namespaces(7), CLONE_${flag})`,
        });
        await more?.(t, run, host);
      }),
  );
}

/** That one which is named is entered. */
function joined(title: string, slot: string, type: 'uts' | 'ipc', needs: readonly string[]): Check {
  return check(
    title,
    {
      slot,
      needs,
      see: `./drydock oci spec; set linux.namespaces to [{"type":"${type}","path":"/proc/PID/ns/${type}"}, …]    (PID: of the container)`,
      hint: ({ is, wanted }) => [
        'Two containers may share it: config.json then has a `path` beside the type. An exec is such a join, too.',
        `It named ${String(wanted)}, and the container is in ${String(is)}.`,
        `With a path, return { type: '${type}', how: 'join', path }. Without this type in the list, return [].`,
      ],
    },
    (t) =>
      onStandIn(t, async (run, host) => {
        const first = await run();
        const path = `/proc/${first.pid}/ns/${type}`;
        for (const [asked, holder] of [
          [{ path }, first],
          [undefined, host],
        ] as const) {
          // Whoever comes into somebody else's namespace brings no name of its own.
          const one = await run({ adjust: (spec) => ({ ...withNamespace(spec, type, asked), hostname: undefined }) });
          const is = t.fact('is', namespaceOf(one.pid, type));
          const wanted = t.fact('wanted', `${namespaceOf(holder.pid, type)}${asked ? '' : ' by not asking for any'}`);
          t.must(is === namespaceOf(holder.pid, type), {
            did: cloneText(t.stack, one.spec),
            kernel: `it is in ${is}`,
            wanted: asked ? `${wanted}, as path says` : `the host’s, ${wanted}`,
          });
        }
      }),
  );
}

const named = check(
  NAMED,
  {
    slot: STEPS,
    needs: [OWN_UTS, JOINED_UTS],
    see: './drydock try hostname; hostname',
    hint: ({ what, is, wanted }) => [
      'A new UTS namespace starts with a copy of the names around it. Who changes them?',
      `config.json says ${String(what)} ${String(wanted)}, and inside it is ${String(is)}.`,
      'if (spec.hostname) plan.sethostname(spec.hostname); and the same with spec.domainname and plan.setdomainname.',
    ],
  },
  (t) =>
    onStandIn(t, async (run, host) => {
      const before = host.sh(`hostname; cat ${DOMAIN}`);
      const container = await run({ adjust: (spec) => ({ ...spec, hostname: 'lab', domainname: 'harbour' }) });
      for (const [what, wanted] of [
        ['hostname', 'lab'],
        ['domainname', 'harbour'],
      ] as const) {
        t.fact('what', what);
        t.fact('wanted', wanted);
        const is = t.fact('is', await inside(container, 'cat', `/proc/sys/kernel/${what}`));
        t.must(is === wanted, {
          did: `was asked for ${what} "${wanted}"`,
          kernel: `/proc/sys/kernel/${what} is ${is} inside`,
          wanted,
        });
      }
      const after = host.sh(`hostname; cat ${DOMAIN}`);
      t.must(after === before, {
        did: 'set the names',
        kernel: `the host’s are now ${after.split('\n').join(' ')}`,
        wanted: `${before.split('\n').join(' ')}, as before`,
      });
    }),
);

const nameless = check(
  NAMELESS,
  {
    slot: STEPS,
    needs: [OWN_UTS],
    see: './drydock oci spec; take `hostname` out of config.json; ./drydock oci run ID',
    hint: () => [
      'hostname and domainname are optional in config.json. What is recorded when they are missing?',
      'A step was recorded with nothing in the place of a name: the type says `string`, the config says nothing.',
      'if (spec.hostname) plan.sethostname(spec.hostname); — the `if` is the point, and not a `!` behind the name.',
    ],
  },
  (t) =>
    onStandIn(t, async (run, host) => {
      const args = ['sh', '-c', 'hostname; exec sleep 1000'];
      const container = await run({ args, adjust: (spec) => ({ ...spec, hostname: undefined }) });
      await until(() => container.output().includes('\n'));
      const [is, ours] = [container.output().trim(), host.sh('hostname').trim()];
      t.must(is === ours, {
        did: 'was asked for no name',
        kernel: `hostname inside is ${is}`,
        wanted: `${ours}: a copy of the host’s`,
      });
    }),
);

const renamed = check(
  'an exec leaves the name as it finds it',
  {
    slot: STEPS,
    needs: [NAMED],
    see: './drydock try -it sh: hostname other; then exec into it',
    hint: ({ is }) => [
      'The steps of an isolator are recorded for every process of the container: `mode` says whether it is the first one.',
      `The container had renamed itself to "other", its domain to "elsewhere"; after an exec one of them is "${String(is)}" again.`,
      "if (mode === 'exec') return; — the names belong to the container, not to each process in it.",
    ],
  },
  (t) =>
    onStandIn(t, async (run) => {
      // It is renamed in /proc/sys, which is read-only otherwise.
      const writable = (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, readonlyPaths: [] } });
      const container = await run({ adjust: (spec) => mighty(writable({ ...spec, domainname: 'harbour' })) });
      await inside(container, 'hostname', 'other');
      await inside(container, 'sh', '-c', `echo elsewhere >${DOMAIN}`);
      for (const [command, wanted] of [
        ['hostname', 'other'],
        [`cat ${DOMAIN}`, 'elsewhere'],
      ] as const) {
        const is = t.fact('is', await inside(container, ...command.split(' ')));
        t.must(is === wanted, {
          did: `renamed it by one exec, then exec’ed \`${command}\``,
          kernel: `the name is ${is}`,
          wanted,
        });
      }
    }),
);

const ownIpc = own(OWN_IPC, IPC, 'ipc', async (t, run, host) => {
  const container = await run({ adjust: withQueue });
  host.sh(`${queueProgram} send ballast`);
  const { code, output } = await container.inside(['queue', 'receive']);
  t.must(code === 1, {
    did: 'exec’ed `queue receive` in the container',
    kernel: `it took the host’s message: ${output.trim()}`,
    wanted: 'no such queue',
    see: 'cat /proc/sysvipc/msg    (on the host, and ./drydock try cat /proc/sysvipc/msg)',
  });
});

const refuses = check(
  'a name without a namespace for it is refused before anything happens',
  {
    slot: CLAIM,
    needs: [OWN_UTS],
    see: './drydock oci spec; take { "type": "uts" } out of linux.namespaces; ./drydock oci run ID',
    hint: ({ asked, answer }) => [
      'compose asks every isolator for its claim before it asks for steps: it is the last moment to say no.',
      `A config with ${String(asked)}: your claim ${String(answer)}.`,
      "When spec.hostname or spec.domainname is there and wanted(spec, 'uts') is empty: throw new DrydockError('SPEC_INVALID', '…'). Else return null.",
    ],
  },
  (t) => {
    const solved = t.solved(CLAIM);
    const claim = (solved as unknown as { run: (spec: Spec) => unknown }).run;
    const bare = {
      ociVersion: '1.0.2',
      process: { args: PROGRAM, cwd: '/', user: { uid: 0, gid: 0 } },
      root: { path: '/' },
    };
    const path = '/proc/1/ns/uts';
    for (const [asked, more, isRefused] of [
      ['hostname and no UTS namespace', { hostname: 'lab', linux: { namespaces: [] } }, true],
      ['domainname and no UTS namespace', { domainname: 'harbour' }, true],
      ['hostname and a new UTS namespace', { hostname: 'lab', linux: { namespaces: [{ type: 'uts' }] } }, false],
      [
        'hostname and a UTS namespace by path',
        { hostname: 'lab', linux: { namespaces: [{ type: 'uts', path }] } },
        false,
      ],
      ['neither a name nor a namespace', {}, false],
    ] as const) {
      const answer = outcomeOf(() => claim({ ...bare, ...more } as unknown as Spec));
      t.fact('asked', asked);
      t.fact('answer', answer);
      t.must(answer === (isRefused ? 'throws SPEC_INVALID' : 'takes it'), {
        did: `was given a config with ${asked}, and ${answer}`,
        kernel: isRefused ? 'would rename the host: was not asked' : 'has no objection',
        wanted: isRefused ? 'throws SPEC_INVALID' : 'takes it: returns null',
      });
    }
    return Promise.resolve();
  },
);

function outcomeOf(claim: () => unknown): string {
  try {
    const claimed = claim();
    return claimed === null ? 'takes it' : `returns ${String(claimed)}`;
  } catch (error) {
    return error instanceof DrydockError ? `throws ${error.code}` : `throws ${String(error)}`;
  }
}

const left = nothingLeft(
  'ps -e; findmnt; ls /sys/fs/cgroup; ipcs',
  'A namespace ends with its last process, and what is in it with it: a queue, too.',
  'Look with `ps -e` for a process of a container that did not end.',
);

export const checks = [
  own(OWN_UTS, UTS, 'uts'),
  nameless,
  joined(JOINED_UTS, UTS, 'uts', [OWN_UTS, NAMELESS]),
  named,
  renamed,
  ownIpc,
  joined('an IPC namespace that config.json names is joined, not made', IPC, 'ipc', [OWN_IPC]),
  refuses,
  left,
];
