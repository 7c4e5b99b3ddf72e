import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  type Page,
  RequirePermission,
} from '../platform/http/index.js';
import {
  cancellationRequest,
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
  constructor(private readonly operations: Operations) {}

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

  @Post('operations/:id/retries')
  @HttpCode(202)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'retryOperation',
    summary: 'Try a waiting operation now',
    description:
      'Makes the head of a lane due at once, whatever it waits for, with its attempts counted afresh.',
  })
  @ApiAcceptedResponse({ description: 'It is due.', standardSchema: operationDetail })
  @ApiProblems(404, 409)
  async retry(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: operationIdParam }) id: string,
  ): Promise<OperationDetail> {
    await this.operations.retry(actor, id);
    return this.operations.get(id);
  }

  @Post('operations/:id/cancellation')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'cancelOperation',
    summary: 'End a waiting operation without executing it',
    description: 'It goes to the archive as CANCELED; what waits behind it moves up. The reason is audited.',
  })
  @ApiOkResponse({ description: 'It is canceled.', standardSchema: operationDetail })
  @ApiProblems(404, 409)
  async cancel(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: operationIdParam }) id: string,
    @Body({ schema: cancellationRequest }) body: z.output<typeof cancellationRequest>,
  ): Promise<OperationDetail> {
    await this.operations.cancel(actor, id, body.reason);
    return this.operations.get(id);
  }
}
