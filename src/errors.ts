/**
 * The one error that a person meets.
 *
 * The kernel says "EINVAL" and nothing else; a person needs to know which call, with which arguments, recorded by
 * which line, and what to do. So whoever knows a part of that puts it here, and the command line prints it once.
 * Each code has a paragraph in the book's appendix (book/appendix-errors.md), and a test holds both lists together.
 */

/** Every code that Drydock can answer with, and in one line what it means. */
export const errorCodes = {
  SYSCALL: 'a system call on the host was refused',
  STEP_FAILED: 'a step of the plan was refused by the kernel inside the half-built container',
  START_FAILED: 'the program could not be executed',
  PROGRAM_NOT_FOUND: 'the program does not exist in the container',
  PROGRAM_NOT_EXECUTABLE: 'the program exists but may not be executed',
  SHIM_DIED: 'the native helper ended without a word',
  PLAN_INVALID: 'a plan names a step, an argument or a descriptor that does not exist',
  STACK_INVALID: 'the isolators do not fit together',
  SPEC_INVALID: 'config.json is not what the OCI runtime spec allows',
  SPEC_UNREADABLE: 'config.json cannot be read',
  UNSUPPORTED: 'this kernel or this machine lacks what was asked for',
  ID_INVALID: 'a container id has characters that an id may not have',
  ID_IN_USE: 'a container with this id exists',
  CGROUP_IN_USE: 'somebody else’s processes are in the cgroup that a container should get',
  LINK_IN_USE: 'a network device or an address that a container should get is somebody else’s',
  NO_SUCH_CONTAINER: 'no container has this id',
  WRONG_STATE: 'the container is in a state in which this cannot be done',
  STATE_BROKEN: 'the saved state of a container cannot be read',
  ROOTFS_INVALID: 'the root file system cannot be used',
  UNSAFE_PATH: 'a path inside an untrusted tree leads out of it or through what it may not',
  NEEDS_ROOT: 'this needs root',
  BAD_USAGE: 'the command line is wrong',
  BUILD_FAILED: 'a learner’s file does not compile',
  NO_SUCH_LESSON: 'there is no lesson of this name',
  SLOT_INVALID: 'a slot does not exist or is not a function',
  WORKSPACE: 'the workspace is not as it should be',
  DOCK: 'the sandbox could not be set up, or ended what ran in it',
  SNAPSHOT_IN_USE: 'a snapshot is needed by another one, or is of a kind with which this cannot be done',
  SNAPSHOT_EXISTS: 'a snapshot of this name exists',
  SNAPSHOT_MISSING: 'no snapshot has this name',
  DRIVER_UNSUPPORTED: 'a storage driver cannot work on this machine or in this folder',
  NO_SUCH_VOLUME: 'no volume has this name',
  VOLUME_IN_USE: 'a volume is needed by a container',
  NO_SUCH_DRIVER: 'no volume or network driver has this name',
  NO_SUCH_FILE: 'a container has nothing at this path',
  READ_ONLY: 'a container may not be written to at this path',
  INTERNAL: 'a mistake in Drydock itself',
  DIGEST_MISMATCH: 'bytes that came in are not those that were promised',
  DIGEST_INVALID: 'a digest is not written as sha256 and 64 digits',
  CONTENT_MISSING: 'a blob is not in the store',
  CONTENT_BROKEN: 'the bytes of a blob have changed on the disk',
  CONTENT_TOO_LARGE: 'a blob is larger than what may be read at once',
  ARCHIVE_INVALID: 'an archive is broken, or has something in it that cannot be unpacked',
  ARCHIVE_TOO_LARGE: 'an archive is larger than a limit allows',
  REFERENCE_INVALID: 'a name of an image is not what Docker’s grammar allows',
  REGISTRY: 'a registry cannot be reached, or does not do what was asked',
  UNAUTHORIZED: 'a registry does not let us in, or not that far',
  MANIFEST_INVALID: 'a manifest can be read in two ways, or in none',
  IMAGE_MISSING: 'no image has this name or id',
  INSTRUCTION_FAILED: 'an instruction of a Dockerfile could not be carried out',
  IMAGE_IN_USE: 'an image is needed by a container or by another name',
  PLATFORM_MISSING: 'there is no image for this kind of machine',
  CONFLICT: 'a container of the engine’s is in a state in which this cannot be done',
  NOT_MODIFIED: 'the container is already as it was asked to be',
  NAME_IN_USE: 'another container has this name',
  NO_SUCH_EXEC: 'no exec has this id',
  API_FORBIDDEN: 'a request came from where none is taken from',
  API_NO_SUCH_PAGE: 'the engine’s API has no such path',
  API_TOO_LARGE: 'the body of a request is longer than what is read',
  ENGINE: 'the engine cannot be started, set up or reached',
  API_INVALID: 'a request to the engine asks for something that cannot be',
  NETWORK_INVALID: 'a network, or a container’s place in one, cannot be as it was asked for',
  NO_SUCH_NETWORK: 'no network has this name or id',
  NETWORK_EXISTS: 'a network of this name exists',
  NETWORK_IN_USE: 'a network has members, or is one of those that are always there',
  ADDRESS_IN_USE: 'an address in a network is somebody else’s, or none is left',
  PORT_INVALID: 'a port that should be published is not written as one, or on an address of this machine',
  PORT_IN_USE: 'a port of the host is somebody else’s',
  REFUSED: 'an engine has refused a request',
  DOCKERFILE_INVALID: 'a Dockerfile or a .dockerignore is not written as it must be',
  VM_LACKS: 'this machine lacks something that the machine to learn on needs',
  VM_STATE: 'the machine to learn on is not in a state in which this can be done',
  VM_FAILED: 'the machine to learn on could not be built, or did not start',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What is known about a failure; every field but the message is there only when somebody knew it. */
export interface Failure {
  /** Module that was at work (`mounts`). */
  isolator?: string;
  /** Index of the failed step in the plan. */
  step?: number;
  /** System call or step, `pivot_root`. */
  call?: string;
  /** Its arguments, as they are printed. */
  args?: readonly unknown[];
  /** Positive errno. */
  errno?: number;
  /** `file:line` that recorded the step. */
  at?: string;
  /** What would be right, or what to do next. */
  hint?: string;
  cause?: unknown;
}

export class DrydockError extends Error {
  readonly code: ErrorCode;
  readonly isolator?: string;
  readonly step?: number;
  readonly call?: string;
  readonly args?: readonly unknown[];
  readonly errno?: number;
  readonly at?: string;
  readonly hint?: string;

  constructor(code: ErrorCode, message: string, failure: Failure = {}) {
    super(message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.name = 'DrydockError';
    this.code = code;
    const { cause: _cause, ...known } = failure;
    Object.assign(this, known);
  }
}
