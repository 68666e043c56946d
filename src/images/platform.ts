/**
 * Which of an index's manifests is for this machine.
 *
 * Docker's names (Go's): `linux/amd64`, `linux/arm64`, `linux/arm/v7`. Other names for the same processor are taken, too
 * (`x86_64`, `aarch64`). An entry for `unknown/unknown` is no image but somebody's note on one (an attestation).
 *
 * OCI image specification, image-index.md, `platform`; containerd's platforms package has the same rules.
 */
import { DrydockError } from '../errors.ts';
import type { Descriptor, Platform } from '../content/descriptor.ts';

const architectures: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  x64: ['amd64'],
  i386: ['386'],
  i686: ['386'],
  ia32: ['386'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** What a processor runs beside its own, best first: an older ARM's programs. */
const older: Readonly<Record<string, readonly string[]>> = {
  'arm/v8': ['arm/v7', 'arm/v6', 'arm/v5'],
  'arm/v7': ['arm/v6', 'arm/v5'],
  'arm/v6': ['arm/v5'],
};

/** The platform with everything said in one way: arm without a variant is v7, arm64 is v8, amd64 is v1. */
export function normal({ os, architecture, variant }: Platform): Platform {
  const [known, given] = architectures[architecture.toLowerCase()] ?? [architecture.toLowerCase()];
  const says = (variant || given || '').replace(/^(?=\d)/, 'v').toLowerCase();
  const usual = { arm: 'v7', arm64: 'v8', amd64: 'v1' }[known];
  const isUsual = known !== 'arm' && says === usual;
  const shown = known === 'arm' ? says || 'v7' : isUsual ? '' : says;
  return { os: os.toLowerCase(), architecture: known, ...(shown && { variant: shown }) };
}

/** This machine's. */
export const hostPlatform = (): Platform => normal({ os: 'linux', architecture: process.arch });

export function platformText(platform: Platform): string {
  const { os, architecture, variant } = normal(platform);
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

/** What may stand alone, without its system: a mistyped one must not be taken for a processor. */
const processors =
  '386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x sparc64 wasm'.split(' ');

/** `linux/arm64`, `linux/arm/v7`, and `arm64` alone for Linux on it. Throws BAD_USAGE. */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  if (parts.length > 3 || !parts.every((part) => /^[\w.-]+$/.test(part))) throw noPlatform(text);
  if (parts.length > 1) return normal({ os: parts[0]!, architecture: parts[1]!, variant: parts[2] });
  const alone = normal(parts[0] === 'linux' ? hostPlatform() : { os: 'linux', architecture: parts[0]! });
  if (processors.includes(alone.architecture)) return alone;
  throw noPlatform(text);
}

function noPlatform(text: string): DrydockError {
  return new DrydockError('BAD_USAGE', `'${text}' is no platform`, {
    hint: 'OS/ARCHITECTURE: linux/amd64, linux/arm/v7',
  });
}

/** Throws PLATFORM_MISSING, in Docker's words, for an image that is for another platform than somebody has asked for. */
export function demandPlatform(has: Platform, wanted: Platform, name: string): void {
  if (runsOn(has, wanted)) return;
  throw new DrydockError(
    'PLATFORM_MISSING',
    `image with reference ${name} was found but does not match the specified platform: ` +
      `wanted ${platformText(wanted)}, actual: ${platformText(has)}`,
    { hint: 'it is the only image of this name' },
  );
}

/** Whether an image for `has` runs where `wanted` is the platform, without help of an emulator. */
export function runsOn(has: Platform, wanted: Platform): boolean {
  return acceptable(wanted).includes(platformText(has));
}

function acceptable(wanted: Platform): string[] {
  const { os, architecture, variant } = normal(wanted);
  const own = platformText(wanted);
  const further = older[`${architecture}/${variant}`] ?? [];
  return [own, ...further.map((name) => `${os}/${name}`)];
}

/**
 * The manifest for a platform: the best match, the first one of equals; one that names no platform where none matches,
 * since its config will tell. Throws PLATFORM_MISSING with what there is.
 */
export function choose(manifests: readonly Descriptor[], wanted: Platform, name: string): Descriptor {
  for (const text of acceptable(wanted)) {
    const match = manifests.find(({ platform }) => platform && platformText(platform) === text);
    if (match) return match;
  }
  const unnamed = manifests.find(({ platform }) => platform === undefined);
  if (unnamed) return unnamed;
  const there = manifests.map(({ platform }) => platformText(platform!)).filter((text) => !text.startsWith('unknown/'));
  throw new DrydockError('PLATFORM_MISSING', `${name} has no manifest for ${platformText(wanted)}`, {
    hint: there.length ? `there are: ${[...new Set(there)].join(', ')}` : 'its index is empty',
  });
}
