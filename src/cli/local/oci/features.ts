/**
 * `oci features`: what this runtime can obey, as JSON (OCI features.md). It speaks of the program, not of the machine:
 * `drydock doctor` speaks of that. What is refused by name in a config.json is not in it.
 */
import type { CommandModule } from 'yargs';
import { capabilityNames } from '../../../linux/capabilities.ts';
import { optionWords } from '../../../linux/mount-options.ts';
import { namespaceTypes } from '../../../runtime/spec.ts';
import { actionNames, architectureNames, flagNames, operatorNames } from '../../../runtime/seccomp.ts';
import { OCI_VERSION } from '../../../runtime/oci-version.ts';
import { withGlobals, type Global } from './options.ts';

const disabled = { enabled: false };

const implemented = {
  ociVersionMin: '1.0.0',
  ociVersionMax: OCI_VERSION,
  hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
  mountOptions: [...optionWords].sort(),
  linux: {
    namespaces: [...namespaceTypes].sort(),
    capabilities: [...capabilityNames],
    cgroup: { v1: true, v2: true, systemd: true, systemdUser: false, rdma: true },
    seccomp: {
      enabled: true,
      actions: [...actionNames],
      operators: [...operatorNames],
      archs: [...architectureNames],
      knownFlags: [...flagNames],
      supportedFlags: [...flagNames],
    },
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
