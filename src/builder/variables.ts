/**
 * What variables hold: in the words of a Dockerfile, and in the environment of a program that is run.
 *
 *     ENV of the state       wins over everything
 *     ARG of this stage      what --build-arg says, else its default, else what an ARG before the first FROM says
 *     known ones             proxies can be given without an ARG; TARGETARCH and its like are known where an ARG asks
 *
 * Arguments are no part of the image. They are in the history of each RUN that could see them (`|1 A=b /bin/sh -c …`), and so
 * in its key; proxies are not, as the outcome should not depend on how a machine reaches the network.
 */
import type { RunConfig } from '../images/config.ts';
import { hostPlatform } from '../images/platform.ts';
import type { Platform } from '../content/descriptor.ts';
import type { Variables } from './dockerfile/index.ts';

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

type Given = Readonly<Record<string, string | null>>;

/** Those that nobody has to ask for with an ARG. */
const unasked: readonly string[] = [...proxies, 'SOURCE_DATE_EPOCH'];

/** Arguments that a person gives and no ARG asks for: most often a name that is misspelled. */
export const notAskedFor = (given: Given, asked: ReadonlySet<string>): string[] =>
  Object.keys(given)
    .filter((name) => !asked.has(name) && !unasked.includes(name))
    .sort();

/** TARGETPLATFORM and its like. */
export function platformArgs(target: Platform = hostPlatform()): Record<string, string> {
  const of = (prefix: string, { os, architecture, variant }: Platform): Record<string, string> => ({
    [`${prefix}PLATFORM`]: [os, architecture, ...(variant ? [variant] : [])].join('/'),
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: architecture,
    [`${prefix}VARIANT`]: variant ?? '',
  });
  return { ...of('BUILD', hostPlatform()), ...of('TARGET', target) };
}

export class Scope implements Variables {
  /** Those that an ARG has named here; undefined: it has no value. */
  private readonly named = new Map<string, string | undefined>();
  private env = new Map<string, string>();

  constructor(
    private readonly given: Given,
    /** Of the ARGs before the first FROM, and of the platform. */
    private readonly outer: ReadonlyMap<string, string | undefined>,
  ) {}

  get(name: string): string | undefined {
    return (
      this.env.get(name) ??
      this.named.get(name) ??
      (proxies.includes(name) ? (this.given[name] ?? undefined) : undefined)
    );
  }

  /** `ARG name[=value]`. */
  name(name: string, value: string | undefined): void {
    const given = Object.hasOwn(this.given, name) ? (this.given[name] ?? undefined) : undefined;
    this.named.set(name, given ?? value ?? this.outer.get(name));
  }

  /** The state's environment, after each instruction. */
  see({ Env = [] }: RunConfig): void {
    this.env = new Map(Env.map((entry) => [entry.split('=', 1)[0]!, entry.slice(entry.indexOf('=') + 1)]));
  }

  /** For the history: sorted, without those that the state's environment hides. */
  arguments(): string[] {
    return [...this.named]
      .filter(([name, value]) => value !== undefined && !this.env.has(name))
      .map(([name, value]) => `${name}=${value}`)
      .sort();
  }

  /** For a program: the same, and proxies that nobody has named. */
  environment(): string[] {
    const silent = proxies.filter((name) => !this.named.has(name) && !this.env.has(name) && this.given[name]);
    return [...this.arguments(), ...silent.map((name) => `${name}=${this.given[name]}`)];
  }

  /** Names that an ARG has asked for. */
  get names(): ReadonlySet<string> {
    return new Set(this.named.keys());
  }

  /** For the scopes below: what an ARG has named here, and else what was known before. */
  get values(): ReadonlyMap<string, string | undefined> {
    return new Map([...this.outer, ...this.named]);
  }
}
