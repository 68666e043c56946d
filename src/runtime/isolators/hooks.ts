/**
 * Programs that somebody else wants to run at points of the container's life (OCI config.md, "POSIX-platform Hooks").
 *
 * prestart, createRuntime and createContainer come while the child waits with its mounts made and its root not yet
 * changed; the last of them runs inside the container's namespaces, though its path is one of the host. startContainer
 * is a program of the container's, and a step of its process. Each gets the
 * state on its standard input. A hook that fails fails the create; after the start and after the end it is too late for
 * that, and a warning is all that is left.
 */
import type { Host, Isolator, Waiting } from '../isolator.ts';
import { runHook } from '../hook.ts';
import { OCI_VERSION } from '../oci-version.ts';
import type { Hook, Spec } from '../spec.ts';
import { warn } from '../warning.ts';

type Name = keyof NonNullable<Spec['hooks']> & string;

export const hooks: Isolator = {
  name: 'hooks',
  summary: 'programs of others at points of its life',
  steps(plan, { spec, mode, host }) {
    if (mode === 'exec') return;
    for (const { path, args, env = [], timeout = 0 } of spec.hooks?.startContainer ?? []) {
      const [before, after] = stateAroundPid(spec, host);
      plan
        .run_hook(path, args?.length ? args : [path], env, timeout, Buffer.from(before), Buffer.from(after))
        .because('a startContainer hook: inside, right before the program');
    }
  },
  at: {
    async mounted(_claim, waiting) {
      await runAll('prestart', waiting);
      await runAll('createRuntime', waiting);
      await runAll('createContainer', waiting);
    },
    started: (_claim, waiting) => tryAll('poststart', waiting),
    stopped: (_claim, waiting) => tryAll('poststop', waiting),
  },
};

const listed = (name: Name, { spec }: Waiting): readonly Hook[] => spec.hooks?.[name] ?? [];

/** The state for a hook that runs inside, in two parts: the number of the process is known there. */
function stateAroundPid({ annotations }: Spec, { id, bundle }: Host): [before: string, after: string] {
  const state = { ociVersion: OCI_VERSION, id, status: 'created', bundle, annotations };
  return [`${JSON.stringify(state).slice(0, -1)},"pid":`, '}'];
}

async function runAll(name: Name, waiting: Waiting): Promise<void> {
  for (const hook of listed(name, waiting)) await runHook(name, hook, waiting);
}

async function tryAll(name: Name, waiting: Waiting): Promise<void> {
  for (const hook of listed(name, waiting))
    await runHook(name, hook, waiting).catch((error: Error) => warn(`container '${waiting.host.id}'`, error));
}
