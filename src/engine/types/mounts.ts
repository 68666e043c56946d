/** The folders of the host's that a container has: as they are asked for, and as they are. */

/** `--mount`. */
export interface MountRequest {
  /** `bind`, `volume` or `tmpfs`. */
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: {
    Propagation?: string;
    NonRecursive?: boolean;
    CreateMountpoint?: boolean;
    /** What is mounted below a read-only mount: writable, or else an error where the kernel cannot make it read-only. */
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: {
    NoCopy?: boolean;
    /** Of API 1.45, which clients send also to older engines; refused, so that nobody gets the whole volume instead. */
    Subpath?: string;
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

/** A folder of the host's that a container has, as `inspect` lists it (`Mounts`) and container.json keeps it. */
export interface MountPoint {
  Type: 'bind' | 'volume' | 'tmpfs';
  /** Of the volume. */
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  /** As in `-v a:b:MODE`. */
  Mode: string;
  RW: boolean;
  Propagation: string;
}
