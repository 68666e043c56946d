// What mocha prints here: each test as a sentence, each skipped one with its reason, failures at the end in full.
//
// With DRYDOCK_TALLY=FILE the counts are written there as JSON, with what failed and why, so that scripts/suites.mjs
// adds up what it started, and so that a run which died before its end is not taken for one that passed.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

const REASON = /^(.*) \[skipped: (.*)\]$/s;

module.exports = class Sentences extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const count = { passed: 0, failed: 0, skipped: 0 };
    const write = (depth, line) => process.stdout.write(`${'  '.repeat(depth)}${line}\n`);
    const depthOf = (runnable) => runnable.titlePath().length - 1;

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
      const { DRYDOCK_TALLY } = process.env;
      const failures = this.failures.map(
        (test) => `${test.titlePath().join(' › ')}\n${test.err.message.slice(0, 2000)}`,
      );
      if (DRYDOCK_TALLY) writeFileSync(DRYDOCK_TALLY, JSON.stringify({ ...count, failures }));
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
