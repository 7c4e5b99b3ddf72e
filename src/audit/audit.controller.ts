import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Clock } from '../platform/clock/index.js';
import { Database } from '../platform/database/index.js';
import {
  type Actor,
  ApiProblems,
  CurrentPrincipal,
  type Page,
  RequirePermission,
} from '../platform/http/index.js';
import { DataKeyError } from '../platform/secrets/index.js';
import { AuditLog } from './audit-log.js';
import { AuditSearch } from './audit-search.js';
import { AuditVerifier } from './audit-verifier.js';
import { auditProblem } from './audit.problems.js';
import {
  type AuditExportQuery,
  auditExportQuery,
  type AuditListQuery,
  auditListQuery,
  auditPage,
  type AuditRecord,
  auditRecord,
  auditRecordId,
  type CheckpointResponse,
  checkpointResponse,
  type VerificationRequest,
  verificationRequest,
  verificationResponse,
} from './audit.schema.js';
import { ChainDamagedError } from './chain-damaged-error.js';
import { Checkpoints, type PublishedCheckpoint } from './checkpoint.service.js';
import type { Verification } from './domain/verification.js';

@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly database: Database,
    private readonly log: AuditLog,
    private readonly search: AuditSearch,
    private readonly verifier: AuditVerifier,
    private readonly checkpoints: Checkpoints,
    private readonly clock: Clock,
  ) {}

  @Get()
  @RequirePermission('audit.read')
  @ApiOperation({
    operationId: 'listAuditRecords',
    summary: 'Search the audit records',
    description: 'Newest first. Filters that are given must all hold.',
  })
  @ApiOkResponse({ description: 'A page of records.', standardSchema: auditPage })
  @ApiProblems(400, 401, 403)
  list(@Query({ schema: auditListQuery }) query: AuditListQuery): Promise<Page<AuditRecord>> {
    return this.search.list(query);
  }

  @Get('export')
  @RequirePermission('audit.read')
  @ApiOperation({
    operationId: 'exportAuditRecords',
    summary: 'Download the audit records',
    description:
      'A record a line, oldest first, up to now when `to` is not given. Each export is itself recorded.',
  })
  @ApiOkResponse({
    description: 'A line of JSON for each record.',
    content: { 'application/x-ndjson': { schema: { type: 'string' } } },
  })
  @ApiProblems(400, 401, 403)
  async export(
    @CurrentPrincipal() actor: Actor,
    @Query({ schema: auditExportQuery }) query: AuditExportQuery,
  ): Promise<StreamableFile> {
    const range = { from: query.from, to: query.to ?? this.clock.now().toISOString() };
    await this.database.transact((transaction) =>
      this.log.record(transaction, {
        actor,
        action: 'audit.exported',
        objectType: 'audit',
        objectId: 'records',
        after: range,
      }),
    );
    return new StreamableFile(Readable.from(this.search.lines(range)), {
      type: 'application/x-ndjson',
      disposition: 'attachment; filename="audit.ndjson"',
    });
  }

  @Get('checkpoint')
  @RequirePermission('audit.read')
  @ApiOperation({
    operationId: 'getAuditCheckpoint',
    summary: 'Sign where the audit chain is',
    description:
      'Keep it outside the database: a verification with it shows whether the end was cut or the whole made anew.',
  })
  @ApiOkResponse({ description: 'The checkpoint.', standardSchema: checkpointResponse })
  @ApiProblems(401, 403, 404, 409)
  async checkpoint(): Promise<CheckpointResponse> {
    const signed = await this.#sign();
    if (signed) return signed;
    throw auditProblem.checkpointNotFound(
      'Nothing is sealed yet. A process with the role worker or scheduler seals within a second.',
    );
  }

  @Post('verifications')
  @HttpCode(200)
  @RequirePermission('audit.read')
  @ApiOperation({
    operationId: 'verifyAudit',
    summary: 'Verify the audit records',
    description:
      'Reads every record and its seal, oldest first; a million take about twenty seconds. What it finds is the answer.',
  })
  @ApiOkResponse({ description: 'What was found.', standardSchema: verificationResponse })
  @ApiProblems(400, 401, 403, 422)
  verify(@Body({ schema: verificationRequest }) body: VerificationRequest): Promise<Verification> {
    return this.verifier.verify(body);
  }

  @Get(':id')
  @RequirePermission('audit.read')
  @ApiOperation({
    operationId: 'getAuditRecord',
    summary: 'Show an audit record',
    description: 'Who did what to what, with the values before and after.',
  })
  @ApiOkResponse({ description: 'The record.', standardSchema: auditRecord })
  @ApiProblems(400, 401, 403, 404)
  get(@Param('id', { schema: auditRecordId }) id: string): Promise<AuditRecord> {
    return this.search.get(Number(id));
  }

  async #sign(): Promise<PublishedCheckpoint | null> {
    try {
      return await this.checkpoints.sign();
    } catch (error) {
      if (!(error instanceof ChainDamagedError) && !(error instanceof DataKeyError)) throw error;
      throw auditProblem.chainUnusable(
        `${error.message} POST /api/v1/audit/verifications says what else is wrong.`,
        { cause: error },
      );
    }
  }
}
