import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiProblems, type Page, RequirePermission } from '../../platform/http/index.js';
import { explanation, type Explanation } from './explanation.schema.js';
import { Explanations } from './explanations.service.js';
import {
  operationDetail,
  type OperationDetail,
  operationIdParam,
  operationListQuery,
  type OperationListQuery,
  operationPage,
  type OperationResponse,
  queueSummary,
} from './operations.schema.js';
import { Operations } from './operations.service.js';

@ApiTags('queue')
@Controller('api/v1')
export class OperationsController {
  constructor(
    private readonly operations: Operations,
    private readonly explanations: Explanations,
  ) {}

  @Get('operations')
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'listOperations',
    summary: 'What waits, and why',
    description:
      'Waiting and running operations, lane by lane, each with the reason it waits, until when, and what happens next.',
  })
  @ApiOkResponse({ description: 'A page.', standardSchema: operationPage })
  list(@Query({ schema: operationListQuery }) query: OperationListQuery): Promise<Page<OperationResponse>> {
    return this.operations.list(query);
  }

  @Get('queue')
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'getQueueSummary',
    summary: 'The queue in four figures',
    description: 'Waiting, failed, parked, executed.',
  })
  @ApiOkResponse({ description: 'The figures.', standardSchema: queueSummary })
  summary(): Promise<z.output<typeof queueSummary>> {
    return this.operations.summary();
  }

  @Get('operations/:id')
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'getOperation',
    summary: 'One operation with its attempts',
    description: 'Waiting or finished.',
  })
  @ApiOkResponse({ description: 'The operation.', standardSchema: operationDetail })
  @ApiProblems(404)
  get(@Param('id', { schema: operationIdParam }) id: string): Promise<OperationDetail> {
    return this.operations.get(id);
  }

  @Get('operations/:id/explain')
  @RequirePermission('queue.read')
  @ApiOperation({
    operationId: 'explainOperation',
    summary: 'Why does an operation wait?',
    description:
      'Every reason, since when, what happens next and when, and what a person can do: as a call and as a command.',
  })
  @ApiOkResponse({ description: 'The explanation.', standardSchema: explanation })
  @ApiProblems(404)
  explain(@Param('id', { schema: operationIdParam }) id: string): Promise<Explanation> {
    return this.explanations.of(id);
  }
}
