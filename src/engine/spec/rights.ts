/**
 * What a container's processes may do: capabilities, `--privileged`, `--security-opt`.
 *
 * A privileged container is root with the host's devices and no filter; it is a way to hand over the machine, and no wall.
 */
import { DrydockError } from '../../errors.ts';
import type { SeccompProfile, Spec } from '../../runtime/config.ts';
import { architecturesHere } from '../../runtime/seccomp-by-hand.ts';
import { seccompSchema } from '../../runtime/seccomp-schema.ts';
import { parseDocument, validate, type Complaint } from '../../validation.ts';
import type { HostConfig } from '../types.ts';
import { usualCapabilities } from './process.ts';
import { defaultProfile } from './seccomp.ts';

/** Throws BAD_USAGE for an option that nobody knows. */
export function withRights(spec: Spec, host: HostConfig): Spec {
  const { Privileged = false, MaskedPaths, ReadonlyPaths } = host;
  const options = securityOf(host.SecurityOpt);
  const names = usualCapabilities(host);
  // As after an execve by somebody who is not root: nothing is permitted, though all of it is within bounds.
  const own = spec.process.user.uid === 0 ? names : [];
  return {
    ...spec,
    process: {
      ...spec.process,
      capabilities: { bounding: names, permitted: own, effective: own },
      noNewPrivileges: options.noNewPrivileges,
    },
    linux: {
      ...spec.linux,
      maskedPaths: Privileged ? [] : (MaskedPaths ?? spec.linux?.maskedPaths),
      readonlyPaths: Privileged ? [] : (ReadonlyPaths ?? spec.linux?.readonlyPaths),
      seccomp: Privileged ? undefined : options.seccomp(defaultProfile(names)),
    },
  };
}

interface Security {
  noNewPrivileges?: boolean;
  /** The filter, given the usual one. */
  seccomp(usual: SeccompProfile): SeccompProfile | undefined;
}

function securityOf(options: readonly string[] = []): Security {
  const security: Security = { seccomp: (usual) => usual };
  for (const option of options) {
    const [, name = option, value = ''] = /^([\w-]+)[=:](.*)$/s.exec(option) ?? [];
    if (name === 'no-new-privileges' && ['', 'true', 'false'].includes(value))
      security.noNewPrivileges = value !== 'false';
    else if (name === 'seccomp') security.seccomp = filterOf(value);
    else if (!isNothing(name, value)) throw invalid(option);
  }
  return security;
}

/** `unconfined`, or the profile itself: the client has read the file. */
function filterOf(value: string): Security['seccomp'] {
  if (value === 'unconfined') return () => undefined;
  if (value === 'builtin') return (usual) => usual;
  const where = '--security-opt seccomp';
  const profile = validate(seccompSchema, parseDocument(value, where, complaint), where, complaint);
  return () => ({ architectures: architecturesHere(), ...profile });
}

const complaint: Complaint = {
  code: 'BAD_USAGE',
  hint: 'a profile is a JSON document with defaultAction and syscalls, as in the OCI spec (config-linux.md, "Seccomp")',
};

/** What asks for nothing where the kernel has no such module. */
function isNothing(name: string, value: string): boolean {
  return (name === 'apparmor' && value === 'unconfined') || (name === 'label' && value === 'disable');
}

const invalid = (option: string): DrydockError =>
  new DrydockError('BAD_USAGE', `invalid --security-opt: "${option}"`, {
    hint: 'no-new-privileges, seccomp=unconfined and seccomp=PROFILE are known; this machine has no AppArmor and no SELinux',
  });
