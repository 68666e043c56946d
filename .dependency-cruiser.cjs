// The arrows of ARCHITECTURE.md, as rules: a folder imports what lies below it, never what lies above or beside.
//
//     cli/local → runtime, lab        cli/learn → learn, book → runtime, lab, lessons        runtime → network/link → linux → addon
//     site → book, learn (scripts/book.ts makes it; the command line does not know it)

/** `from` may import these folders, itself, packages, and the single files of src/; nothing else. */
const only = (from, ...allowed) => ({
  name: `${from} imports only what lies below it`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(src|lessons|test|scripts)/',
    pathNot: [from, ...allowed]
      .map((to) => `^${to}/`)
      .concat('^src/(amount|errors|hangup|nearest|validation|version)[.]ts$'),
  },
});

module.exports = {
  forbidden: [
    only('src/linux'),
    only('src/network', 'src/runtime', 'src/linux'),
    only('src/network/link', 'src/linux'),
    only('src/runtime', 'src/network/link', 'src/linux'),
    only('src/content', 'src/linux'),
    only('src/registry', 'src/content'),
    only('src/layers', 'src/snapshots', 'src/linux'),
    only('src/snapshots', 'src/linux'),
    only('src/images', 'src/registry', 'src/snapshots', 'src/layers', 'src/content', 'src/runtime', 'src/linux'),
    {
      name: 'of images only spec.ts knows the runtime',
      comment: 'Images are carried and stored without anybody running them.',
      severity: 'error',
      from: { path: '^src/images/(?!spec[.]ts$)' },
      to: { path: '^src/runtime/' },
    },
    only(
      'src/engine',
      'src/lab',
      'src/network',
      'src/images',
      'src/registry',
      'src/snapshots',
      'src/layers',
      'src/content',
      'src/runtime',
      'src/linux',
    ),
    only('src/api', 'src/engine', 'src/network', 'src/images', 'src/registry', 'src/runtime', 'src/linux'),
    only('src/start', 'src/linux'),
    only('src/daemon', 'src/api', 'src/engine', 'src/start', 'src/registry', 'src/runtime', 'src/linux'),
    only('src/vm', 'src/linux'),
    only('src/lab', 'src/runtime', 'src/linux'),
    only('src/book', 'src/linux'),
    only('src/site', 'src/book', 'src/learn', 'src/linux'),
    only('src/learn', 'src/book', 'src/lab', 'src/snapshots', 'src/runtime', 'src/linux', 'lessons'),
    only(
      'lessons',
      'src/learn',
      'src/lab',
      'src/snapshots',
      'src/runtime',
      'src/network/link',
      'src/images',
      'src/layers',
      'src/registry',
      'src/content',
      'src/engine',
      'src/linux',
    ),
    only('src/client'),
    {
      name: 'the verbs that ask an engine know nothing of what it is made of',
      comment: 'They speak HTTP, to any engine. Names of images and archives are read as everywhere.',
      severity: 'error',
      from: { path: '^src/cli/docker/' },
      to: {
        path: '^(src|lessons|test|scripts)/',
        pathNot: [
          '^src/(client|cli/docker|cli/format|layers/tar)/',
          '^src/(errors|start/on-demand|registry/(reference|docker-config)|layers/types|cli/(exit|output|help|verbs|version))[.]ts$',
        ],
      },
    },
    {
      name: 'the verbs of the runtime know nothing of the lessons',
      severity: 'error',
      from: { path: '^src/cli/local/' },
      to: { path: '^(src/(learn|book|cli/learn)|lessons)/', pathNot: '^src/learn/(mine|dock)[.]ts$' },
    },
    {
      name: 'isolators never import each other',
      comment: 'A learner replaces one of them; what two share lies beside the folder.',
      severity: 'error',
      from: { path: '^src/runtime/isolators/(?!index)' },
      to: { path: '^src/runtime/isolators/' },
    },
    {
      name: 'only src/linux loads the addon',
      severity: 'error',
      from: { pathNot: '^src/linux/' },
      to: { path: '[.]node$' },
    },
    {
      name: 'what is shipped imports no test and no script',
      severity: 'error',
      from: { path: '^(src|lessons)/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no circles',
      comment: 'Lessons are imported lazily by the list of lessons, and types cost nothing at run time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    { name: 'everything exists', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '[.]node$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    exclude: { path: '^node_modules/.*[.]json$' },
  },
};
