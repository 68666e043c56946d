/** `version`: which engine this is, what it runs containers with, and on which kernel. */
import { machine, release } from 'node:os';
import { hostPlatform } from '../images/platform.ts';
import { OCI_VERSION } from '../runtime/oci-version.ts';
import { ownVersion } from '../version.ts';

/** What the API says of itself. */
export interface ApiFacts {
  ApiVersion: string;
  MinAPIVersion: string;
  isExperimental?: boolean;
}

export interface VersionAnswer {
  ApiVersion: string;
  MinAPIVersion: string;
  /** Only when it is so, as with Docker. */
  Experimental?: true;
  Platform: { Name: string };
  Components: { Name: string; Version: string; Details: Record<string, string> }[];
  Version: string;
  Os: string;
  Arch: string;
  KernelVersion: string;
  /** Docker is written in Go, and clients print this line; here stands what this engine runs on. */
  GoVersion: string;
  GitCommit: string;
}

export function engineVersion({ ApiVersion, MinAPIVersion, isExperimental = false }: ApiFacts): VersionAnswer {
  const Experimental = String(isExperimental);
  const { os: Os, architecture: Arch } = hostPlatform();
  const Version = ownVersion();
  const KernelVersion = release();
  const GoVersion = `node${process.version}`;
  return {
    Platform: { Name: 'Drydock' },
    Components: [
      {
        Name: 'Engine',
        Version,
        Details: {
          ...{ ApiVersion, MinAPIVersion, Arch, Os, KernelVersion, GoVersion, Machine: machine() },
          ...{ Experimental, GitCommit: '' },
        },
      },
      { Name: 'runtime', Version, Details: { OciVersion: OCI_VERSION } },
    ],
    ...{ Version, ApiVersion, MinAPIVersion, Os, Arch, KernelVersion, GoVersion, GitCommit: '' },
    ...(isExperimental && { Experimental: true }),
  };
}
