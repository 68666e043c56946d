/**
 * `run`: a container from an image, in the foreground, and gone when it has ended.
 *
 *     name ──▶ image, pulled if it is not here ──▶ init layer, container layer ──▶ config.json ──▶ src/runtime
 *
 * Words and exit codes are Docker's. What Docker keeps of a container that has ended (its layer, its log) needs somebody
 * who remembers it: that comes with the engine, and until then every `run` is one with --rm.
 */
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { findImage } from '../../images/find.ts';
import { makeLayers } from '../../images/init-layer.ts';
import type { Image, Store } from '../../images/images.ts';
import { hostPlatform, parsePlatform, platformText, runsOn } from '../../images/platform.ts';
import { pull } from '../../images/pull.ts';
import { accountOf, imageSpec, volumesOf, type Asked } from '../../images/spec.ts';
import { copyUp } from '../../images/volume.ts';
import { features } from '../../linux/features.ts';
import { makeFolders } from '../../linux/make-folders.ts';
import { familiar, parseReference, withDefaultTag } from '../../registry/reference.ts';
import type { Account } from '../../runtime/account.ts';
import { withInit } from '../../runtime/init.ts';
import { isolators } from '../../runtime/isolators/index.ts';
import type { Spec } from '../../runtime/config.ts';
import { exitWith } from '../exit.ts';
import { runFolder } from '../folders.ts';
import { fromOurs } from '../local/environment.ts';
import { runInForeground } from '../local/foreground.ts';
import { limitOptions, limitsOf, type LimitOptions } from '../local/limits.ts';
import { powerOptions, withPowers, type PowerOptions } from '../local/powers.ts';
import { absolute } from '../local/workdir.ts';
import { isTerminal, sizeOf } from '../terminal.ts';
import { ensureLab, isLab } from '../../engine/lab.ts';
import { storeOptions, withStore, type StoreOptions } from './open.ts';
import { progressOn } from '../format/progress.ts';
import { giveBack, imageRootfs, lookOf, reserve, rootfsOf } from './rootfs.ts';

interface Options extends StoreOptions, LimitOptions, PowerOptions {
  interactive?: boolean;
  tty?: boolean;
  env?: string[];
  workdir?: string;
  user?: string;
  hostname?: string;
  entrypoint?: string;
  init?: boolean;
  net?: 'none' | 'host';
  platform?: string;
  pull: 'missing' | 'always' | 'never';
  readOnly?: boolean;
  volume?: string[];
  quiet?: boolean;
  json?: boolean;
  plain?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'run [OPTIONS] IMAGE [CMD…]',
  describe: 'Runs a command in a container made of an image, and removes the container afterwards.',
  builder: (yargs) =>
    yargs
      .options({
        interactive: { alias: 'i', type: 'boolean', describe: 'keep standard input open' },
        tty: { alias: 't', type: 'boolean', describe: 'a terminal of its own' },
        env: { alias: 'e', type: 'string', array: true, nargs: 1, describe: 'NAME=value, or NAME of ours' },
        workdir: { alias: 'w', type: 'string', requiresArg: true, describe: 'working directory' },
        user: { alias: 'u', type: 'string', requiresArg: true, describe: 'name or uid, and :group' },
        hostname: { type: 'string', requiresArg: true, describe: 'host name inside' },
        entrypoint: { type: 'string', describe: 'in place of the image’s' },
        volume: { alias: 'v', type: 'string', array: true, nargs: 1, describe: 'HOST:PLACE[:ro], a folder of ours' },
        'read-only': { type: 'boolean', describe: 'nothing can be written to its files' },
        net: { choices: ['none', 'host'] as const, describe: 'loopback alone (so it is), or this machine’s network' },
        init: { type: 'boolean', describe: 'a PID 1 that does its duties, before CMD' },
        ...limitOptions,
        ...powerOptions,
        pull: {
          choices: ['missing', 'always', 'never'] as const,
          default: 'missing' as const,
          describe: 'whether to fetch it',
        },
        platform: { type: 'string', requiresArg: true, describe: 'as in linux/arm64' },
        quiet: { alias: 'q', type: 'boolean', describe: 'fetch without progress' },
        rm: { type: 'boolean', describe: 'always so: nothing is left behind' },
        json: { type: 'boolean', describe: 'progress and errors as JSON' },
        ...storeOptions,
      })
      .example('$0 run lab hostname', 'one command')
      .example('$0 run -it lab', 'its shell'),
  handler: async (argv) => {
    const [name, ...args] = [...argv._, ...((argv['--'] as string[] | undefined) ?? [])].map(String);
    if (name === undefined)
      throw new DrydockError('BAD_USAGE', 'drydock run: IMAGE is missing', {
        hint: 'drydock run [OPTIONS] IMAGE [CMD…]',
      });
    if (argv.interactive && argv.tty && !isTerminal(0)) {
      // Docker's words, and its exit code: scripts look for them.
      process.stderr.write('the input device is not a TTY\n');
      return exitWith(1);
    }
    await withStore('run', argv, async (store) => {
      const image = await imageNamed(store, name, argv);
      exitWith(await new Run(store, image, argv, args).run());
    });
  },
};

/** The image; it is pulled if it is not here. */
async function imageNamed(store: Store, name: string, argv: Options): Promise<Image> {
  const platform = argv.platform === undefined ? undefined : parsePlatform(argv.platform);
  if (argv.pull !== 'always')
    try {
      if (isLab(name)) await ensureLab(store);
      return matching(await findImage(store, name), platform, name);
    } catch (error) {
      const isMissing = error instanceof DrydockError && error.code === 'IMAGE_MISSING';
      if (!isMissing || argv.pull === 'never') throw error;
    }
  const reference = withDefaultTag(parseReference(name));
  // As Docker: what is about the image goes beside the program's output, not into it.
  if (argv.pull !== 'always') process.stderr.write(`Unable to find image '${familiar(reference)}' locally\n`);
  const { id } = await pull(store, reference, { platform, onProgress: progressOn(process.stderr, argv) });
  return matching(await findImage(store, id), platform, name);
}

function matching(image: Image, platform: ReturnType<typeof hostPlatform> | undefined, name: string): Image {
  const wanted = platform ?? hostPlatform();
  if (runsOn(image.config, wanted)) return image;
  const actual = platformText(image.config);
  if (platform)
    throw new DrydockError('PLATFORM_MISSING', `${name} is here for ${actual}, not for ${platformText(wanted)}`, {
      hint: '--pull always fetches the other one',
    });
  process.stderr.write(
    `WARNING: The requested image's platform (${actual}) does not match the detected host platform (${platformText(wanted)})` +
      ' and no specific platform was requested\n',
  );
  return image;
}

class Run {
  private readonly id = randomBytes(32).toString('hex');
  private readonly folder: string;
  private readonly config: NonNullable<Image['config']['config']>;

  constructor(
    private readonly store: Store,
    private readonly image: Image,
    private readonly argv: Options,
    private readonly args: readonly string[],
  ) {
    this.folder = join(store.root, 'runs', this.id);
    this.config = image.config.config ?? {};
  }

  async run(): Promise<number> {
    const { store, id, folder, argv } = this;
    const claim = { id, folder, snapshots: join(store.root, 'snapshots'), driver: store.snapshots.driver };
    const held = await reserve(claim);
    try {
      mkdirSync(rootfsOf(folder), { mode: 0o755 });
      const { mounts, spec } = await this.prepare();
      return await runInForeground({
        id,
        run: runFolder(),
        spec,
        bundle: folder,
        isolators: [imageRootfs(claim, mounts), ...isolators],
        stdio: [argv.interactive ? 0 : openSync('/dev/null', 'r'), 1, 2],
        size: argv.tty ? sizeOf(0) : undefined,
      });
    } finally {
      await giveBack(claim);
      held.release();
    }
  }

  /** The layers, and with the image's files at hand everything that has to be looked up in them. */
  private async prepare(): Promise<{ mounts: Awaited<ReturnType<typeof makeLayers>>['mounts']; spec: Spec }> {
    const { store, image, folder, config } = this;
    const asked = this.asked();
    const binds = this.files(asked.hostname);
    let account: Account | undefined;
    const { mounts } = await makeLayers(store, image, {
      id: this.id,
      scratch: lookOf(folder),
      look: async (tree) => {
        account = accountOf(config, asked, tree);
        for (const place of volumesOf(config)) binds[place] ??= await copyUp(tree, place, this.volume(place));
      },
    });
    const spec = imageSpec(config, asked, { rootfs: rootfsOf(folder), binds, account: account! }, features());
    return { mounts, spec: this.withWishes(spec) };
  }

  private asked(): Asked {
    const { argv, args, id } = this;
    return {
      args,
      entrypoint: argv.entrypoint,
      env: (argv.env ?? []).flatMap(fromOurs),
      user: argv.user,
      workdir: argv.workdir === undefined ? undefined : absolute(argv.workdir, '--workdir'),
      hostname: argv.hostname ?? id.slice(0, 12),
      terminal: argv.tty ?? false,
    };
  }

  private withWishes(spec: Spec): Spec {
    const { argv } = this;
    spec.process = withPowers(spec.process, argv);
    spec.linux = { ...spec.linux, resources: limitsOf(argv) };
    if (argv.net === 'host') spec.linux.namespaces = spec.linux.namespaces?.filter(({ type }) => type !== 'network');
    if (argv.readOnly) spec.root.readonly = true;
    for (const text of argv.volume ?? []) spec.mounts!.push(volumeMount(text));
    return argv.init ? withInit(spec) : spec;
  }

  /** What Docker mounts over the image's: who we are, and whom we know. */
  private files(hostname: string): Record<string, string> {
    const texts: Record<string, string> = {
      hostname: `${hostname}\n`,
      hosts: HOSTS,
      'resolv.conf': '# This container has no name server.\n',
    };
    const binds: Record<string, string> = {};
    for (const [name, text] of Object.entries(texts)) {
      binds[`/etc/${name}`] = join(this.folder, name);
      writeFileSync(join(this.folder, name), text, { mode: 0o644 });
    }
    return binds;
  }

  private volume(place: string): string {
    const path = join(this.folder, 'volumes', Buffer.from(place).toString('hex').slice(0, 200));
    makeFolders(path, 0o755);
    return path;
  }
}

const HOSTS = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
  '',
].join('\n');

/** `/host:/place` or `/host:/place:ro`. Volumes with a name are the engine's. */
function volumeMount(text: string): NonNullable<Spec['mounts']>[number] {
  const [source = '', destination = '', mode = 'rw'] = text.split(':');
  if (!source.startsWith('/') || !destination.startsWith('/') || !['rw', 'ro'].includes(mode))
    throw new DrydockError('BAD_USAGE', `-v ${text}: this is no folder of this machine and its place inside`, {
      hint: '-v /folder:/place or -v /folder:/place:ro; volumes with a name come with the engine',
    });
  return { destination, type: 'bind', source, options: ['rbind', mode, 'rprivate'] };
}
