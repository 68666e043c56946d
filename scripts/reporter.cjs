// What mocha prints here: each test as a sentence, each skipped one with its reason, failures at the end in full.
//
// With DRYDOCK_TALLY=FILE the counts are written there as JSON, with what failed and why, so that scripts/suites.mjs
// adds up what it started. They are there before each test, too, with the title of what is about to run as `unfinished`:
// a run that dies, or is ended, before its end is not taken for one that passed, and what had passed is told.
const { renameSync, writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

const REASON = /^(.*) \[skipped: (.*)\]$/s;

module.exports = class Sentences extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const count = { passed: 0, failed: 0, skipped: 0 };
    const write = (depth, line) => process.stdout.write(`${'  '.repeat(depth)}${line}\n`);
    const depthOf = (runnable) => runnable.titlePath().length - 1;

    const { DRYDOCK_TALLY } = process.env;
    const tell = (unfinished) => {
      if (!DRYDOCK_TALLY) return;
      const failures = this.failures.map(
        (test) => `${test.titlePath().join(' › ')}\n${test.err.message.slice(0, 2000)}`,
      );
      // Whole or not at all: whoever ends us may do so while it is written.
      writeFileSync(`${DRYDOCK_TALLY}.new`, JSON.stringify({ ...count, failures, unfinished }));
      renameSync(`${DRYDOCK_TALLY}.new`, DRYDOCK_TALLY);
    };

    // A hook that hangs is something else than the test before it.
    for (const event of ['test', 'hook']) runner.on(event, (runnable) => tell(runnable.titlePath().join(' › ')));
    runner.on('suite', (suite) => !suite.root && write(depthOf(suite), suite.title));
    runner.on('pass', (test) => {
      count.passed++;
      const took = test.speed === 'slow' ? ` (${test.duration} ms)` : '';
      write(depthOf(test), `ok    ${test.title}${took}`);
    });
    runner.on('pending', (test) => {
      count.skipped++;
      const [, title, reason] = REASON.exec(test.title) ?? [, test.title, reasonAbove(test)];
      write(depthOf(test), `skip  ${title}: ${reason}`);
    });
    runner.on('fail', (test) => {
      count.failed++;
      write(depthOf(test), `FAIL  ${test.title}`);
    });
    runner.once('end', () => {
      if (this.failures.length > 0) reporters.Base.list(this.failures);
      if (DRYDOCK_TALLY) tell();
      else write(0, `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    });
  }
};

/** A hook that skips a whole suite names the reason in the hook's or the suite's title. */
function reasonAbove(test) {
  for (let suite = test.parent; suite; suite = suite.parent) {
    for (const { title } of [suite, ...suite._beforeAll]) {
      const found = REASON.exec(title);
      if (found) return found[2];
    }
  }
  return 'NO REASON GIVEN';
}
