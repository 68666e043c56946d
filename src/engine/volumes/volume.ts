/** Volumes as Docker's API has them. */

/** As `GET /volumes/{name}` shows it. */
export interface Volume {
  Name: string;
  Driver: string;
  Mountpoint: string;
  CreatedAt: string;
  Scope: 'local';
  Labels: Readonly<Record<string, string>> | null;
  Options: Readonly<Record<string, string>> | null;
  /** What is wrong with its record; then nothing can use it, and it can be looked at and removed. */
  Status?: { broken: string };
  /** Only in `system df`. */
  UsageData?: { RefCount: number; Size: number };
}

/** The body of `POST /volumes/create`; without a name it is given one. */
export interface VolumeRequest {
  Name?: string;
  Driver?: string;
  DriverOpts?: Record<string, string>;
  Labels?: Record<string, string>;
}

export interface VolumesPruned {
  VolumesDeleted: string[];
  SpaceReclaimed: number;
}
