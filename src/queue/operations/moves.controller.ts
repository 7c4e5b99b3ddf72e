import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Actor, ApiProblems, CurrentPrincipal, RequirePermission } from '../../platform/http/index.js';
import {
  cancellationRequest,
  confirmationRequest,
  movePreview,
  type MovePreview,
  moveRequest,
  type MoveRequest,
  moveResult,
  type MoveResult,
  moveSelection,
  type MoveSelection,
  retryRequest,
} from './moves.schema.js';
import { Moves } from './moves.service.js';
import { operationDetail, type OperationDetail, operationIdParam } from './operations.schema.js';
import { Operations } from './operations.service.js';

@ApiTags('queue')
@Controller('api/v1/operations')
export class MovesController {
  constructor(
    private readonly moves: Moves,
    private readonly operations: Operations,
  ) {}

  @Post(':id/retries')
  @HttpCode(202)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'retryOperation',
    summary: 'Try a waiting operation now',
    description:
      'Makes the head of a lane due at once, whatever it waits for, with its attempts counted afresh. What its target holds back goes on when that hold is lifted.',
  })
  @ApiAcceptedResponse({ description: 'It is due.', standardSchema: operationDetail })
  @ApiProblems(404, 409)
  async retry(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: operationIdParam }) id: string,
    @Body({ schema: retryRequest }) { reason }: z.output<typeof retryRequest>,
  ): Promise<OperationDetail> {
    await this.moves.one(actor, 'retry', id, reason ?? null);
    return this.operations.get(id);
  }

  @Post(':id/cancellation')
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
    @Body({ schema: cancellationRequest }) { reason }: z.output<typeof cancellationRequest>,
  ): Promise<OperationDetail> {
    await this.moves.one(actor, 'cancel', id, reason);
    return this.operations.get(id);
  }

  @Post(':id/cancellation-behind')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'cancelBehindOperation',
    summary: 'Cancel everything that stands behind an operation',
    description:
      'What stands behind it in its lane and has not begun goes to the archive as CANCELED; the operation itself stays.',
  })
  @ApiOkResponse({ description: 'They are canceled.', standardSchema: moveResult })
  @ApiProblems(404, 409)
  cancelBehind(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: operationIdParam }) id: string,
    @Body({ schema: cancellationRequest }) { reason }: z.output<typeof cancellationRequest>,
  ): Promise<MoveResult> {
    return this.moves.one(actor, 'cancel-behind', id, reason);
  }

  @Post(':id/confirmation')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'confirmOperation',
    summary: 'Say that an operation is executed',
    description:
      'For one whose effect is UNKNOWN, when a person has looked at the target: it goes to the archive as EXECUTED without another attempt.',
  })
  @ApiOkResponse({ description: 'It counts as executed.', standardSchema: operationDetail })
  @ApiProblems(404, 409)
  async confirm(
    @CurrentPrincipal() actor: Actor,
    @Param('id', { schema: operationIdParam }) id: string,
    @Body({ schema: confirmationRequest }) { reason }: z.output<typeof confirmationRequest>,
  ): Promise<OperationDetail> {
    await this.moves.one(actor, 'confirm', id, reason);
    return this.operations.get(id);
  }

  @Post('moves/preview')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'previewMove',
    summary: 'Which operations would move?',
    description:
      'Exactly those that the same selection would move now; nothing is changed. What a worker has in hand is never among them.',
  })
  @ApiOkResponse({ description: 'What would move.', standardSchema: movePreview })
  preview(@Body({ schema: moveSelection }) selection: MoveSelection): Promise<MovePreview> {
    return this.moves.preview(selection);
  }

  @Post('moves')
  @HttpCode(200)
  @RequirePermission('queue.operate')
  @ApiOperation({
    operationId: 'moveOperations',
    summary: 'Move many operations as previewed',
    description:
      'All of them or none, in one transaction: when it would be other operations than were previewed, nothing moves.',
  })
  @ApiOkResponse({ description: 'They are moved.', standardSchema: moveResult })
  @ApiProblems(409)
  move(
    @CurrentPrincipal() actor: Actor,
    @Body({ schema: moveRequest }) request: MoveRequest,
  ): Promise<MoveResult> {
    return this.moves.many(actor, request);
  }
}
