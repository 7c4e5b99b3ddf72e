import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Public } from '../http/index.js';
import { Health } from './health.service.js';

const aliveDocument = z
  .object({ status: z.literal('alive').describe('Always "alive".') })
  .meta({ id: 'Alive', description: 'The process answers.', example: { status: 'alive' } });

const readyDocument = z
  .object({
    ready: z.boolean().describe('Whether this process does its work.'),
    checks: z
      .record(
        z.string(),
        z.object({ ok: z.boolean().describe('Passed.'), detail: z.string().describe('What was seen.') }),
      )
      .describe('Each check by its name.'),
    warnings: z
      .record(z.string(), z.string())
      .describe('What does not keep this process from its work but should be known, by its name.'),
  })
  .meta({
    id: 'Readiness',
    description: 'Whether work is moving, check by check.',
    example: { ready: true, checks: { database: { ok: true, detail: 'answers' } }, warnings: {} },
  });

@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('healthz')
  @HttpCode(200)
  @Public('Probes have no credentials; the answer says only that the process lives.')
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Is the process alive?',
    description: 'For liveness probes. Looks at nothing else.',
  })
  @ApiOkResponse({ description: 'It is.', standardSchema: aliveDocument })
  alive(): z.infer<typeof aliveDocument> {
    return { status: 'alive' };
  }

  @Get('readyz')
  @Public('Probes have no credentials; the checks name no person, host or secret.')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Does the process do its work?',
    description:
      'For readiness probes: the database and its schema; on a worker also that waiting work moves.',
  })
  @ApiOkResponse({ description: 'It does.', standardSchema: readyDocument })
  @ApiResponse({
    status: 503,
    description: 'It does not; `checks` says what is wrong.',
    standardSchema: readyDocument,
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof readyDocument>> {
    const report = await this.health.report();
    void reply.status(report.ready ? 200 : 503);
    return report;
  }
}
