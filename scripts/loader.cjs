// dist/drydock.cjs: starts the bundle beside it (main.js) from V8's code cache.
//
// Compiling the bundle takes a third of a start. V8 can keep what it has compiled: bundle.mjs has it written once, at
// build time. A cache of another Node or another bundle is refused by V8 itself, and the bundle is compiled as ever.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const file = join(__dirname, 'main.js');
const cache = join(__dirname, 'main.cache');

function cachedData() {
  try {
    return readFileSync(cache);
  } catch {
    // Not written yet, or not by this build: only slower.
    return undefined;
  }
}

const script = new Script(readFileSync(file, 'utf8'), { filename: file, cachedData: cachedData() });
if (process.env.DRYDOCK_WRITE_CACHE) process.on('exit', () => writeFileSync(cache, script.createCachedData()));
script.runInThisContext()(exports, require, module, file, __dirname);
