// dist/drydock.cjs: starts the bundle beside it (main.js) from V8's code cache.
//
// Compiling the bundle takes a third of a start. V8 can keep what it has compiled, also the functions that it compiles
// when they are first called: bundle.mjs has it written once, at the end of a run. A cache of another Node or another
// bundle is refused by V8 itself, and the bundle is compiled as ever.
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

// esbuild writes ASCII; V8 takes Latin-1 as it is, one byte for each character.
const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: cachedData() });
if (process.env.DRYDOCK_WRITE_CACHE) process.on('exit', () => writeFileSync(cache, script.createCachedData()));
script.runInThisContext()(exports, require, module, file, __dirname);
