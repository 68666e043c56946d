/**
 * What a container has for itself and what it shares: `--net`, `--pid`, `--ipc`, `--uts`, `--cgroupns`.
 *
 *     host              no namespace of its own
 *     container:NAME    that of the other one's first process, as long as it runs
 *     otherwise         a new one; a network is plugged in by src/network
 */
import { DrydockError } from '../../errors.ts';
import { hierarchies } from '../../runtime/cgroupfs.ts';
import type { Linux } from '../../runtime/config.ts';
import { otherOf } from '../../network/mode.ts';
import { procName } from '../../runtime/namespaces.ts';
import type { HostConfig } from '../types.ts';

type Namespaces = NonNullable<Linux['namespaces']>;

/** Throws BAD_USAGE for a mode that nobody knows. */
export function namespacesOf(usual: Namespaces, host: HostConfig, pidOf: (name: string) => number): Namespaces {
  const modes: Partial<Record<Namespaces[number]['type'], string | undefined>> = {
    network: host.NetworkMode,
    pid: known('PID', host.PidMode, ['']),
    ipc: known('IPC', host.IpcMode, ['', 'private', 'shareable', 'none']),
    uts: known('UTS', host.UTSMode, ['']),
    cgroup: cgroupMode(host),
  };
  return usual.flatMap(({ type }) => {
    const mode = modes[type] ?? '';
    if (mode === 'host') return [];
    const other = otherOf(mode);
    return other === undefined ? [{ type }] : [{ type, path: `/proc/${pidOf(other)}/ns/${procName[type]}` }];
  });
}

/** In Docker's words (moby, api/types/container/hostconfig.go). */
function known(kind: string, mode: string | undefined, words: readonly string[]): string | undefined {
  if (mode === undefined || mode === 'host' || words.includes(mode) || /^container:./.test(mode)) return mode;
  throw new DrydockError('BAD_USAGE', `Invalid ${kind} mode: ${mode}`, {
    hint: `host, container:NAME${words
      .filter(Boolean)
      .map((word) => `, ${word}`)
      .join('')}`,
  });
}

/** As with Docker: on cgroup v1 the paths are the host's, on v2 they are its own. A privileged one has to see all. */
export function cgroupMode({ CgroupnsMode, Privileged }: HostConfig): string {
  if (CgroupnsMode) return known('cgroup namespace', CgroupnsMode, ['private'])!;
  return Privileged || hierarchies().some(({ version }) => version === 1) ? 'host' : 'private';
}
