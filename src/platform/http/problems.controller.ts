// What every `type` of a problem leads to: the page about that kind, and the list of all.
import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from './permission.js';
import { declaredProblems, problem } from './problem.js';
import { ApiProblems } from './problem.schema.js';

const name = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z-]*$/, 'must be lower-case letters and hyphens');
const moduleName = name.describe('The part of the service that has this kind of problem.');
const kindName = name.describe('The kind of problem.');

const problemKind = z
  .object({
    type: z.string().max(256).describe('What `type` of a problem says.'),
    status: z.int().min(400).max(599).describe('The HTTP status that comes with it.'),
    title: z.string().max(256).describe('What it means, in a few words.'),
    remedy: z.string().max(1_024).describe('What to do about it.'),
  })
  .meta({
    id: 'ProblemKind',
    description: 'A kind of problem that answers can have.',
    example: {
      type: '/problems/http/precondition-failed',
      status: 412,
      title: 'The object changed meanwhile',
      remedy: 'Read the object again, look at what changed, repeat your change with the new ETag.',
    },
  });

type ProblemKind = z.output<typeof problemKind>;

const problemKindList = z
  .object({ items: z.array(problemKind).max(1_000).describe('Every kind, module by module.') })
  .meta({ id: 'ProblemKindList', description: 'Every kind of problem that answers can have.' });

@ApiTags('problems')
@Controller('problems')
@Public('Whoever gets a problem may read what it means, also before logging in; it names no object.')
export class ProblemsController {
  @Get()
  @ApiOperation({
    operationId: 'listProblemKinds',
    summary: 'List the kinds of problems',
    description: 'Everything that `type` of a problem can say, with what to do about it.',
  })
  @ApiOkResponse({ description: 'All of them.', standardSchema: problemKindList })
  list(): { items: ProblemKind[] } {
    return { items: [...declaredProblems()] };
  }

  @Get(':module/:kind')
  @ApiOperation({
    operationId: 'getProblemKind',
    summary: 'Explain a kind of problem',
    description: 'The address of this page is the `type` of the problem.',
  })
  @ApiOkResponse({ description: 'What it means and what to do.', standardSchema: problemKind })
  @ApiProblems(400, 404)
  get(
    @Param('module', { schema: moduleName }) module: string,
    @Param('kind', { schema: kindName }) kind: string,
  ): ProblemKind {
    const found = declaredProblems().find(({ type }) => type === `/problems/${module}/${kind}`);
    if (found) return found;
    throw problem.notFound('No problem is of this kind. GET /problems lists them all.');
  }
}
