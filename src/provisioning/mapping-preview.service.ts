// What a mapping would make of one identity, computed as an operation computes it. Sends nothing, stores nothing.
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { Expressions } from '../platform/expressions/index.js';
import { AttachmentGoneError, Attachments, IdentityReader } from '../registry/index.js';
import { ConnectorCatalogue } from './connector/connector-catalogue.js';
import { loadMapping } from './mapping.queries.js';
import type { PreviewResponse, ShownValue } from './mappings.schema.js';
import { toShown } from './operation/digests.js';
import { type Computed, computeWanted } from './operation/wanted-object.js';
import { provisioningProblem } from './provisioning.problems.js';
import { loadSystem } from './system.queries.js';

@Injectable()
export class MappingPreview {
  constructor(
    private readonly database: Database,
    private readonly expressions: Expressions,
    private readonly identities: IdentityReader,
    private readonly attachments: Attachments,
    private readonly catalogue: ConnectorCatalogue,
  ) {}

  /** @throws Problem 404, 409, 422 */
  async compute(mappingId: string, identityId: string): Promise<PreviewResponse> {
    const mapping = await loadMapping(this.database, mappingId);
    const system = await loadSystem(this.database, mapping.systemId);
    const connector = this.catalogue.get(system.connector);
    if (connector === undefined) {
      throw provisioningProblem.unknownConnector(this.catalogue.explainMissing(system.connector));
    }
    const identity = await this.identities.load(this.database, identityId);
    if (identity === null) {
      throw provisioningProblem.unknownIdentity(
        `No identity has the id ${identityId}. GET /api/v1/identities lists them.`,
        { errors: [{ pointer: '/identityId', detail: 'is not the id of an identity' }] },
      );
    }
    try {
      return toPreview(
        await computeWanted(
          mapping,
          identity,
          { name: system.name, booleans: connector.definition.booleans },
          { expressions: this.expressions, attachments: this.attachments },
        ),
      );
    } catch (error) {
      if (!(error instanceof AttachmentGoneError)) throw error;
      throw provisioningProblem.valuesChanged('An attachment was replaced meanwhile. Ask again.', {
        cause: error,
      });
    }
  }
}

function toPreview(computed: Computed): PreviewResponse {
  if (!computed.ok) {
    const problems = computed.faults.map(({ attribute, problem }) => ({ attribute, detail: problem }));
    return { identifier: null, attributes: [], problems };
  }
  const { identifier, attributes } = computed.wanted;
  return {
    identifier,
    attributes: attributes.map(({ attribute, strategy, values }) => ({
      attribute,
      strategy,
      values: toShown(attribute, values) as ShownValue[],
    })),
    problems: [],
  };
}
