// What a reviewer should not have to look for. Rules with a story name it.
import tseslint from 'typescript-eslint';

const message = (text) => ({ message: text });

/** Where other programs may be started directly; everything else goes through the shim (design: one way to start). */
const startsPrograms = [
  'src/cli/learn/read.ts',
  'src/learn/**/*.ts',
  'src/lab/*.ts',
  'src/cli/local/doctor*.ts',
  'src/snapshots/make-ext4.ts',
  'src/vm/*.ts',
  'src/registry/credential-helper.ts',
  'src/layers/by-program.ts',
  'src/start/on-demand.ts',
  'src/cli/docker/build-context.ts', // git(1) of whoever calls
  'src/runtime/ps.ts', // ps(1) of the host
  'src/network/firewall/{beside,xtables}.ts',
];

export default tseslint.config(
  { ignores: ['build/', 'dist/', 'node_modules/', '.node/'] },
  {
    files: ['**/*.{ts,mjs,cjs}'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: { parser: tseslint.parser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-control-regex': 'error',
      'no-empty': 'error', // an empty catch swallows an error: say in a comment why it may be lost
      'no-fallthrough': 'error',
      'no-unsafe-finally': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error', // a container that nobody waits for is a leak
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-expressions': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'lessons/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300 }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='dlopen']",
          ...message('Only src/linux loads the addon (native.ts).'),
        },
        {
          selector: "CallExpression[callee.name='require'][arguments.0.value=/[.]node$/]",
          ...message('Only src/linux loads the addon (native.ts).'),
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'lessons/**/*.ts'],
    ignores: startsPrograms,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:child_process',
              ...message(
                'Containers start through the shim; Node cannot fork safely (CVE-2019-5736, src/runtime/spawn.ts).',
              ),
            },
          ],
        },
      ],
    },
  },
  { files: ['src/linux/{constants,errno}.ts'], rules: { 'max-lines': 'off' } }, // tables, one row a line
  { files: ['src/engine/types.ts'], rules: { 'max-lines': 'off' } }, // one document
  { files: ['src/linux/native.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
