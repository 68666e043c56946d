/**
 * From a record to the config that the runtime obeys: the whole of HostConfig, a section for each isolator.
 *
 * Start is what every container gets (runtime/default-spec.ts); the files of this folder change one concern each. Nothing
 * here has an effect, so `create` makes a spec only to see whether it can be made.
 */
import { features } from '../../linux/features.ts';
import { environmentOf } from '../../images/spec.ts';
import type { Mount, Spec } from '../../runtime/config.ts';
import { defaultSpec } from '../../runtime/default-spec.ts';
import { withInit } from '../../runtime/init.ts';
import type { ContainerRecord, HostConfig } from '../types.ts';
import { withDevices } from './devices.ts';
import { resourcesOf, rlimitsOf } from './limits.ts';
import { mountsOf } from './mounts.ts';
import { namespacesOf } from './namespaces.ts';
import { baseEnvironment, groupsOf } from './process.ts';
import { withRights } from './rights.ts';

/** What the record alone does not say. */
export interface Around {
  /** Its root file system on the host. */
  readonly rootfs: string;
  /** Volumes, and the files that the engine brings. */
  readonly mounts: readonly Mount[];
  /** Variables of `--link`; the container's own come over them. */
  readonly environment?: readonly string[];
  /** The pid of another container's first process, whose namespaces it shares. */
  pidOf(name: string): number;
}

/** Throws BAD_USAGE for what cannot be obeyed, by the name that the option has at `docker run`. */
export function specFor(record: ContainerRecord, around: Around): Spec {
  const { Path, Args, Config, HostConfig, Account, Id } = record;
  const { uid, gid, home } = Account;
  const spec = defaultSpec(
    {
      args: [Path, ...Args],
      root: around.rootfs,
      hostname: Config.Hostname,
      terminal: Config.Tty,
      cwd: Config.WorkingDir || '/',
      user: { uid, gid, additionalGids: groupsOf(Account) },
    },
    features(),
  );
  // The name of the machine's own UTS namespace is not a container's to set (oci-spec, config.md, "Hostname").
  if (HostConfig.UTSMode === 'host') delete spec.hostname;
  if (Config.Domainname) spec.domainname = Config.Domainname;
  spec.process.env = environmentOf(
    // The runtime would look the home up as well, and the layers are not mounted yet when it does.
    [...baseEnvironment(record, Config.Tty ?? false), `HOME=${home}`, ...(around.environment ?? [])],
    {},
    { env: Config.Env },
  );
  spec.process.rlimits = rlimitsOf(HostConfig.Ulimits);
  if (HostConfig.OomScoreAdj) spec.process.oomScoreAdj = HostConfig.OomScoreAdj;
  spec.root.readonly = HostConfig.ReadonlyRootfs;
  spec.mounts = mountsOf(spec.mounts!, HostConfig, around.mounts);
  spec.linux = {
    ...spec.linux,
    cgroupsPath: `${HostConfig.CgroupParent || '/drydock'}/${Id}`,
    namespaces: namespacesOf(spec.linux!.namespaces!, HostConfig, around.pidOf),
    resources: resourcesOf(HostConfig),
    sysctl: sysctlsOf(HostConfig),
  };
  const complete = withDevices(withRights(spec, HostConfig), HostConfig);
  return HostConfig.Init ? withInit(complete) : complete;
}

/** In a network of its own anybody may serve low ports and ping: there is nobody there to be kept from it. */
function sysctlsOf({ NetworkMode = '', Sysctls }: HostConfig): Record<string, string> {
  if (NetworkMode === 'host' || NetworkMode.startsWith('container:')) return { ...Sysctls };
  return { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 2147483647', ...Sysctls };
}
