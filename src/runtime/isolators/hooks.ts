/**
 * Programs that somebody else wants to run at points of the container's life (OCI config.md, "POSIX-platform Hooks").
 *
 * prestart, createRuntime and createContainer come while the child waits with its mounts made and its root not yet
 * changed; the last of them runs inside the container's namespaces, though its path is one of the host. Each gets the
 * state on its standard input. A hook that fails fails the create; after the start and after the end it is too late for
 * that, and a warning is all that is left.
 */
import { DrydockError } from '../../errors.ts';
import type { Isolator, Waiting } from '../isolator.ts';
import { runHook } from '../hook.ts';
import type { Hook, Spec } from '../spec.ts';
import { warn } from '../warning.ts';

type Name = keyof NonNullable<Spec['hooks']> & string;

export const hooks: Isolator = {
  name: 'hooks',
  summary: 'programs of others at points of its life',
  claim({ hooks: all }) {
    if (all?.startContainer?.length)
      throw new DrydockError('UNSUPPORTED', 'hooks.startContainer is not run by this runtime yet', {
        isolator: 'hooks',
      });
    return null;
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

const listed = (name: Name, { spec }: Waiting): readonly Hook[] => (spec.hooks?.[name] ?? []) as readonly Hook[];

async function runAll(name: Name, waiting: Waiting): Promise<void> {
  for (const hook of listed(name, waiting)) await runHook(name, hook, waiting);
}

async function tryAll(name: Name, waiting: Waiting): Promise<void> {
  for (const hook of listed(name, waiting))
    await runHook(name, hook, waiting).catch((error: Error) => warn(`container '${waiting.host.id}'`, error));
}
