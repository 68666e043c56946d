// `npx mocha test/unit/linux/errno.test.ts` runs one file; `npm test` runs all suites (scripts/suites.mjs).
module.exports = {
  extension: ['ts'],
  'node-option': ['import=tsx'],
  reporter: './scripts/reporter.cjs',
  timeout: 120_000,
  slow: 1_000,
  'forbid-only': Boolean(process.env.CI),
};
