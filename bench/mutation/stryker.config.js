// Changes the rules of the queue one by one and runs their unit tests: a change that no test notices is a gap.
import { fileURLToPath } from 'node:url';

const plugin = fileURLToPath(
  new URL('../node_modules/@stryker-mutator/jest-runner/dist/src/index.js', import.meta.url),
);

export default {
  plugins: [plugin],
  mutate: [
    'src/queue/domain/**/*.ts',
    'src/provisioning/domain/failure-of-connector-error.ts',
    'src/plugins/connectors/ldap/ldap.errors.ts',
    'src/plugins/connectors/sql/sql.errors.ts',
    '!src/**/*.spec.ts',
  ],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
  jest: { projectType: 'custom', configFile: 'bench/mutation/jest.config.js', enableFindRelatedTests: true },
  // ES modules: jest's coverage of single tests cannot be told apart there.
  coverageAnalysis: 'off',
  // Words for people are read by people, not by tests.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: ['dist', 'bench/node_modules', 'bench/faultlab', 'docs', '.data', 'reports'],
  concurrency: 2,
  timeoutMS: 30_000,
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  jsonReporter: { fileName: 'reports/mutation.json' },
  thresholds: { high: 90, low: 80, break: 80 },
  tempDirName: '.stryker-tmp',
};
