import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, RequirePermission } from '../../platform/http/index.js';
import { ConnectorCatalogue } from './connector-catalogue.js';
import { connectorList, toConnectorResponse } from './connector.schema.js';

@ApiTags('systems')
@Controller('api/v1/connectors')
export class ConnectorsController {
  constructor(private readonly catalogue: ConnectorCatalogue) {}

  @Get()
  @RequirePermission('systems.read')
  @ApiOperation({
    operationId: 'listConnectors',
    summary: 'List the kinds of system',
    description: 'Each with the settings and the secrets a system of this kind needs.',
  })
  @ApiOkResponse({ description: 'All of them.', standardSchema: connectorList })
  @ApiProblems(401, 403)
  list(): z.output<typeof connectorList> {
    return { items: this.catalogue.list().map(toConnectorResponse) };
  }
}
