// The unit tests of the rules that are mutated, and nothing else.
import base from '../../jest.config.js';

const [unit] = base.projects;

export default {
  ...unit,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/src/queue/domain/**/*.spec.ts',
    '<rootDir>/src/provisioning/domain/failure-of-connector-error.spec.ts',
    '<rootDir>/src/plugins/connectors/{ldap,sql}/*.errors.spec.ts',
  ],
};
