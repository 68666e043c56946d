// dist/drydock.cjs: starts one of the bundles beside it from V8's code cache.
//
// Every start reads its whole bundle and takes the compiled form of it out of the cache, and both cost by their size. So
// the verbs that others start by the hundred have a bundle of their own, without the course (bundle.mjs makes them and
// knows what each lacks); a learner's own runtime (`try --mine`) needs the course, and `--in-vm` the guest.
//
// Compiling is a third of a start. V8 can keep what it has compiled, also the functions that it compiles when they are
// first called: bundle.mjs has it written once, at the end of a run. A cache of another Node or another bundle is
// refused by V8 itself, and the bundle is compiled as ever.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const bundles = { oci: 'runtime', try: 'runtime', daemon: 'daemon' };
// Those that ask an engine (src/cli/docker/verbs.ts).
const client = new Set(
  (
    'run exec ps create start stop restart kill rm wait logs attach inspect top stats port rename update pause unpause cp diff ' +
    'export commit images pull push tag rmi history import save load login logout search events info version completion ' +
    'container image volume network system build builder'
  ).split(' '),
);
const isClient = (word) =>
  client.has(word) ||
  /^(-[HDcl]|--(host|tls|tlsverify|tlscacert|tlscert|tlskey|config|context|debug|log-level)(=|$))/.test(word);
const words = process.argv.slice(2);
const [first = ''] = words;
const bundleOf = () => {
  if (isClient(first)) return 'client';
  return !words.includes('--mine') && !words.includes('--in-vm') && Object.hasOwn(bundles, first)
    ? bundles[first]
    : 'main';
};
const bundle = join(__dirname, bundleOf());
const file = `${bundle}.js`;
const cache = `${bundle}.cache`;

function cachedData() {
  try {
    return readFileSync(cache);
  } catch {
    // Not written yet, or not by this build: only slower.
    return undefined;
  }
}

// esbuild writes ASCII; V8 takes Latin-1 as it is, one byte for each character.
const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: cachedData() });
if (process.env.DRYDOCK_WRITE_CACHE) process.on('exit', () => writeFileSync(cache, script.createCachedData()));
script.runInThisContext()(exports, require, module, file, __dirname);
