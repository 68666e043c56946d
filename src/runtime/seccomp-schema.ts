/**
 * The section `linux.seccomp` of a config (OCI config-linux.md, "Seccomp"). Apart from seccomp.ts, which every start loads:
 * the library behind schemas takes longer to load than a container takes to start.
 */
import * as v from 'valibot';
import type { SeccompProfile } from './config.ts';
import { noNul, uint32, uint64 } from './schema-parts.ts';
import { actionNames, flagNames, operatorNames } from './seccomp.ts';

const action = v.picklist(actionNames);
const errno = v.pipe(uint32, v.maxValue(4095));
/** Beyond 2^53 JSON numbers are not exact: a comparison with another number than was written would be a hole. */
const exact = v.pipe(uint64, v.maxValue(Number.MAX_SAFE_INTEGER));

export const seccompSchema: v.GenericSchema<unknown, SeccompProfile> = v.looseObject({
  defaultAction: action,
  defaultErrnoRet: v.optional(errno),
  architectures: v.optional(v.array(v.pipe(noNul, v.regex(/^SCMP_ARCH_\w+$/, 'SCMP_ARCH_…')))),
  flags: v.optional(v.array(v.picklist(flagNames))),
  listenerPath: v.optional(noNul),
  listenerMetadata: v.optional(v.string()),
  syscalls: v.optional(
    v.array(
      v.looseObject({
        names: v.pipe(v.array(noNul), v.minLength(1, 'at least one name')),
        action,
        errnoRet: v.optional(errno),
        args: v.optional(
          v.array(
            v.looseObject({
              index: v.pipe(uint32, v.maxValue(5)),
              value: exact,
              valueTwo: v.optional(exact),
              op: v.picklist(operatorNames),
            }),
          ),
        ),
      }),
    ),
  ),
});
export type { SeccompProfile };
