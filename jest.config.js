// Native ESM: Nest 12 ships as ES modules, which jest loads only with --experimental-vm-modules.
const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // Two CommonJS dependencies of the HTTP stack load ES modules, which jest cannot do below Node 24.9.
  transformIgnorePatterns: ['/node_modules/(?!(content-disposition|cookie)/)'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', swc],
    '/node_modules/(content-disposition|cookie)/.+\\.js$': [
      '@swc/jest',
      { ...swc, module: { type: 'commonjs' } },
    ],
  },
  ...extra,
});

const withDatabase = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

export default {
  projects: [
    project('unit', ['<rootDir>/src/**/*.spec.ts', '<rootDir>/plugins/**/*.spec.ts']),
    project('rules', ['<rootDir>/test/rules/**/*.spec.ts']),
    project(
      'integration',
      ['<rootDir>/test/integration/**/*.spec.ts', '<rootDir>/test/contracts/**/*.spec.ts'],
      withDatabase,
    ),
    project('api', ['<rootDir>/test/api/**/*.spec.ts'], withDatabase),
  ],
  testTimeout: 30_000,
  workerIdleMemoryLimit: '512MB',
};
