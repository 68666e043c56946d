/**
 * What the engine and its API ask again each time: values that a SIGHUP may have changed meanwhile. Who holds one of these
 * objects sees the newest without knowing that there was another.
 */
import type { Surroundings } from '../api/call.ts';
import type { EngineOptions } from '../engine/engine.ts';
import type { RegistryOptions } from '../registry/registry.ts';
import { names, table, type Settings } from './settings.ts';

interface Places {
  readonly root: string;
  readonly run: string;
}

export class Live {
  constructor(
    private settings: Settings,
    private readonly places: Places,
  ) {}

  get isDebug(): boolean {
    return this.settings.debug ?? false;
  }

  /** Takes what can be changed while containers run, and leaves the rest. Gives the names of what is other now. */
  reload(newer: Settings): string[] {
    const changed = names.filter(
      (name) => 'isReloaded' in table[name] && JSON.stringify(newer[name]) !== JSON.stringify(this.settings[name]),
    );
    this.settings = { ...this.settings, ...Object.fromEntries(changed.map((name) => [name, newer[name]])) };
    return changed;
  }

  engineOptions(): EngineOptions {
    const now = (): Settings => this.settings;
    const { root, run } = this.places;
    return {
      ...{ root, run },
      get driver() {
        return now()['storage-driver'];
      },
      get labels() {
        return now().label;
      },
      get dns() {
        return now().dns;
      },
      get dnsOptions() {
        return now()['dns-opt'];
      },
      get dnsSearch() {
        return now()['dns-search'];
      },
      get logConfig() {
        const { 'log-driver': Type, 'log-opt': Config } = now();
        return Type === undefined && Config === undefined ? undefined : { Type, Config };
      },
      get ulimits() {
        return now()['default-ulimit'];
      },
      get mtu() {
        return now().mtu;
      },
      get pools() {
        return now()['default-address-pool'];
      },
      get userlandProxy() {
        return now()['userland-proxy'];
      },
      get init() {
        return now().init;
      },
      get isDebug() {
        return now().debug;
      },
      get registryMirrors() {
        return now()['registry-mirror'];
      },
      get insecureRegistries() {
        return now()['insecure-registry'];
      },
      get bridge() {
        return now().bridge;
      },
      get bip() {
        return now().bip;
      },
    };
  }

  surroundings(): Surroundings {
    const now = (): Settings => this.settings;
    return {
      get isExperimental() {
        return now().experimental;
      },
      get registry(): RegistryOptions {
        const { 'registry-mirror': mirrors, 'insecure-registry': insecure, 'max-download-attempts': attempts } = now();
        return {
          insecure,
          ...(mirrors && { mirrors: { 'docker.io': mirrors } }),
          ...(attempts !== undefined && { attempts }),
          downloads: now()['max-concurrent-downloads'],
          uploads: now()['max-concurrent-uploads'],
        };
      },
    };
  }
}
