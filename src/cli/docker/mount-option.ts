/**
 * `--mount`: one mount in words.
 *
 *     type=volume,source=data,target=/data[,readonly][,volume-nocopy][,volume-driver=…][,volume-opt=o=…][,volume-label=…]
 *     type=bind,source=/srv,target=/srv[,bind-propagation=rslave][,bind-recursive=enabled|disabled|writable|readonly]
 *     type=tmpfs,target=/scratch[,tmpfs-size=64m][,tmpfs-mode=1770]
 */
import { parseBool } from '../../go-bool.ts';
import { pairOf } from './flags.ts';
import { bytes } from './values.ts';

export interface Mount {
  Type: string;
  Source?: string;
  Target?: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: {
    Propagation?: string;
    NonRecursive?: boolean;
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

/** Whether what is mounted below comes along, and is read-only too. */
const recursions = {
  enabled: undefined,
  disabled: 'NonRecursive',
  writable: 'ReadOnlyNonRecursive',
  readonly: 'ReadOnlyForceRecursive',
} as const;

/** What each key does; a key without a value is `true`. */
const keys: Readonly<Record<string, (mount: Mount, value: string, key: string) => void>> = {
  type: (mount, value) => (mount.Type = value.toLowerCase()),
  source: (mount, value) => (mount.Source = value),
  src: (mount, value) => (mount.Source = value),
  target: (mount, value) => (mount.Target = value),
  dst: (mount, value) => (mount.Target = value),
  destination: (mount, value) => (mount.Target = value),
  readonly: (mount, value, key) => (mount.ReadOnly = isSet(key, value)),
  ro: (mount, value, key) => (mount.ReadOnly = isSet(key, value)),
  consistency: (mount, value) => (mount.Consistency = value.toLowerCase()),
  'bind-propagation': (mount, value) => ((mount.BindOptions ??= {}).Propagation = value.toLowerCase()),
  'bind-nonrecursive': (mount, value, key) => ((mount.BindOptions ??= {}).NonRecursive = isSet(key, value)),
  'bind-recursive': (mount, value, key) => {
    if (!Object.hasOwn(recursions, value))
      throw new Error(`invalid value for ${key}: ${value} (must be "enabled", "disabled", "writable", or "readonly")`);
    const field = recursions[value as keyof typeof recursions];
    if (field) (mount.BindOptions ??= {})[field] = true;
  },
  'volume-nocopy': (mount, value, key) => ((mount.VolumeOptions ??= {}).NoCopy = isSet(key, value)),
  'volume-label': (mount, value) => {
    const options = (mount.VolumeOptions ??= {});
    options.Labels = { ...options.Labels, ...pairOf(value) };
  },
  'volume-driver': (mount, value) => (((mount.VolumeOptions ??= {}).DriverConfig ??= {}).Name = value),
  'volume-opt': (mount, value) => {
    const driver = ((mount.VolumeOptions ??= {}).DriverConfig ??= {});
    driver.Options = { ...driver.Options, ...pairOf(value) };
  },
  'tmpfs-size': (mount, value, key) => ((mount.TmpfsOptions ??= {}).SizeBytes = amount(key, value)),
  'tmpfs-mode': (mount, value, key) => {
    if (!/^[0-7]+$/.test(value)) throw new Error(`invalid value for ${key}: ${value}`);
    (mount.TmpfsOptions ??= {}).Mode = parseInt(value, 8);
  },
};

const flags = ['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive'];

export function mountOf(text: string): Mount {
  const mount: Mount = { Type: 'volume' };
  for (const field of fieldsOf(text)) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    if (equals < 0 && !flags.includes(key)) throw new Error(`invalid field '${field}' must be a key=value pair`);
    if (!Object.hasOwn(keys, key)) throw new Error(`unexpected key '${key}' in '${field}'`);
    keys[key]!(mount, equals < 0 ? 'true' : field.slice(equals + 1), key);
  }
  return checked(mount);
}

function checked(mount: Mount): Mount {
  const others = (['bind', 'volume', 'tmpfs'] as const).filter((type) => type !== mount.Type);
  const optionsOf = { bind: mount.BindOptions, volume: mount.VolumeOptions, tmpfs: mount.TmpfsOptions };
  for (const type of others)
    if (optionsOf[type]) throw new Error(`cannot mix '${type}-*' options with mount type '${mount.Type}'`);
  if (!mount.Target) throw new Error('target is required');
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = mount.BindOptions ?? {};
  const demand = (value: string, what: string): Error =>
    new Error(`option 'bind-recursive=${value}' requires '${what}' to be specified in conjunction`);
  if (ReadOnlyNonRecursive && !mount.ReadOnly) throw demand('writable', 'readonly');
  if (ReadOnlyForceRecursive && !mount.ReadOnly) throw demand('readonly', 'readonly');
  if (ReadOnlyForceRecursive && Propagation !== 'rprivate') throw demand('readonly', 'bind-propagation=rprivate');
  if (mount.VolumeOptions?.DriverConfig?.Options) mount.VolumeOptions.DriverConfig.Name ??= '';
  return mount;
}

/** Fields with commas between them; one in quotes may have commas inside. */
function fieldsOf(text: string): string[] {
  const fields = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  if (text === '') throw new Error('value is empty');
  return fields.map(([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain ?? '');
}

function isSet(key: string, value: string): boolean {
  const flag = parseBool(value);
  if (flag !== undefined) return flag;
  throw new Error(`invalid value for ${key}: ${value}`);
}

function amount(key: string, value: string): number {
  try {
    return bytes(value);
  } catch {
    throw new Error(`invalid value for ${key}: ${value}`);
  }
}
