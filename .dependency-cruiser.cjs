// The import rules of docs/architecture.md. Each comment is the sentence a developer reads when the rule fails.
const ORDER = [
  'platform',
  'audit',
  'auth',
  'queue',
  'schedule',
  'mail',
  'registry',
  'provisioning',
  'tasks',
  'workflows',
  'orchestrator-api',
  'doctor',
];

const upward = ORDER.slice(0, -1).map((module, index) => ({
  name: `${module}-knows-nothing-above`,
  comment: `src/${module} is below ${ORDER.slice(index + 1).join(', ')}: announce a durable event or offer a registration instead.`,
  severity: 'error',
  from: { path: `^src/${module}/` },
  to: {
    path: `^src/(${[...ORDER.slice(index + 1), 'plugins', 'embedded', 'cli', 'quickstart', 'console'].join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upward,
    {
      name: 'modules-meet-at-index',
      comment: "Another module's index.ts is its door: import from there.",
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '^src/platform/' },
      to: {
        path: '^src/([^/]+)/.+',
        pathNot: [
          '^src/$1/',
          '^src/[^/]+/index\\.ts$',
          '^src/platform/[^/]+/index\\.ts$',
          '^src/embedded/process/index\\.ts$',
        ],
      },
    },
    {
      name: 'platform-parts-meet-at-index',
      comment: 'The parts of the platform meet at their index.ts too.',
      severity: 'error',
      from: { path: '^src/platform/([^/]+)/' },
      to: {
        path: '^src/platform/[^/]+/.+',
        pathNot: ['^src/platform/$1/', '^src/platform/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'not-your-own-index',
      comment: 'Inside a module import the file itself: its own index would make a cycle.',
      severity: 'error',
      from: { path: '^src/(platform/[^/]+|[^/]+)/', pathNot: '/index\\.ts$' },
      to: { path: '^src/$1/index\\.ts$' },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain/ decides; it imports nothing but its own kind, not even node: modules.',
      severity: 'error',
      from: { path: '/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '/domain/' },
    },
    {
      name: 'plugins-do-not-meet',
      comment: 'A plug-in is one folder: what two need belongs below both.',
      severity: 'error',
      from: { path: '^src/plugins/([^/]+)/([^/]+)/' },
      to: { path: '^src/plugins/', pathNot: '^src/plugins/$1/$2/' },
    },
    {
      name: 'only-the-root-sees-plugins',
      comment: 'Plug-ins are listed in src/plugins and taken by src/app.module.ts alone.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: '^src/plugins/' },
      to: { path: '^src/plugins/' },
    },
    {
      name: 'cli-speaks-http-only',
      comment: 'The client is a program of its own: it knows the API, not the code behind it.',
      severity: 'error',
      from: { path: '^src/cli(/|\\.ts$)' },
      to: {
        path: '^(src|migrations|seeds)/',
        pathNot: ['^src/cli(/|\\.ts$)', '^src/version\\.ts$', '^src/package-root\\.ts$'],
      },
    },
    {
      name: 'embedded-stands-apart',
      comment: 'The embedded defaults replace servers; they know no module.',
      severity: 'error',
      from: { path: '^src/embedded/' },
      to: { path: '^src/', pathNot: ['^src/embedded/', '^src/platform/'] },
    },
    {
      name: 'product-knows-no-test',
      comment: 'What runs in production imports nothing from test/, bench/ or a spec.',
      severity: 'error',
      from: { path: '^(src|migrations|seeds)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench)/|\\.spec\\.ts$' },
    },
    {
      name: 'declared-packages-only',
      comment: 'Import only packages that package.json names.',
      severity: 'error',
      from: { path: '^(src|migrations|seeds)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
