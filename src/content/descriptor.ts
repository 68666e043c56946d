/**
 * How one blob speaks of another: what kind it is, its name, and its size. The size is part of the promise: whoever reads
 * stops there, so that a small name cannot stand for endless bytes. OCI image spec, descriptor.md.
 *
 * `urls` of the spec are left out on purpose: fetching from an address that a manifest names hands our
 * credentials to whoever wrote it (CVE-2020-15157).
 */
import type { Digest } from './digest.ts';

export interface Platform {
  architecture: string;
  os: string;
  variant?: string;
  'os.version'?: string;
  'os.features'?: string[];
}

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: Platform;
  annotations?: Record<string, string>;
  artifactType?: string;
}
