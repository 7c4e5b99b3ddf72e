export type {
  Attributes,
  AttributeDelta,
  AttributeValue,
  Connector,
  ConnectorContext,
  ConnectorDefinition,
  ConnectorObject,
  ObjectClass,
  ObjectRef,
  SchemaAttribute,
} from './connector/connector.contract.js';
export { ConnectorError, type ConnectorErrorCode } from './connector/connector-error.js';
