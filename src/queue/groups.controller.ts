import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, RequirePermission } from '../platform/http/index.js';
import {
  groupDocument,
  type GroupDocument,
  groupIdParam,
  groupQuery,
  type GroupQuery,
} from './groups.schema.js';
import { Groups } from './groups.service.js';

@ApiTags('queue')
@Controller('api/v1/groups')
export class GroupsController {
  constructor(private readonly groups: Groups) {}

  @Get(':id')
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'getOperationGroup',
    summary: 'What follows from a change, and how far it is',
    description:
      'The operations that one change led to, those that these led to included: how many are open and how many failed.',
  })
  @ApiOkResponse({ description: 'The group with a page of its operations.', standardSchema: groupDocument })
  @ApiProblems(404)
  get(
    @Param('id', { schema: groupIdParam }) id: string,
    @Query({ schema: groupQuery }) query: GroupQuery,
  ): Promise<GroupDocument> {
    return this.groups.get(id, query);
  }
}
