/**
 * `oci features`: what this runtime can obey, as JSON (OCI features.md). It speaks of the program, not of the machine:
 * `drydock doctor` speaks of that. What is refused by name in a config.json is not in it.
 */
import type { CommandModule } from 'yargs';
import { optionWords } from '../../../runtime/mount-options.ts';
import { namespaceTypes } from '../../../runtime/spec.ts';
import { OCI_VERSION } from '../../../runtime/oci-version.ts';
import { withGlobals, type Global } from './options.ts';

const disabled = { enabled: false };

const implemented = {
  ociVersionMin: '1.0.0',
  ociVersionMax: OCI_VERSION,
  hooks: ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'],
  mountOptions: [...optionWords].sort(),
  linux: {
    namespaces: [...namespaceTypes].sort(),
    capabilities: [],
    cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: false },
    seccomp: disabled,
    apparmor: disabled,
    selinux: disabled,
    intelRdt: disabled,
    mountExtensions: { idmap: { enabled: true } },
  },
};

export const verb: CommandModule<object, Global> = {
  command: 'features',
  describe: 'Prints what this runtime can obey, as JSON.',
  builder: (yargs) => withGlobals(yargs).example('$0 oci features', 'hooks, mount options, namespaces'),
  handler: () => void process.stdout.write(`${JSON.stringify(implemented, null, 2)}\n`),
};
