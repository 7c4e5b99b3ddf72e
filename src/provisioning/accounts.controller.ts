import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Database } from '../platform/database/index.js';
import { ApiProblems, type Page, pageOf, RequirePermission } from '../platform/http/index.js';
import { listAccounts, loadAccountRow, newestOperations } from './accounts.queries.js';
import {
  type AccountDetail,
  accountDetail,
  accountIdParam,
  accountListQuery,
  type AccountListQuery,
  accountPage,
  type AccountResponse,
  decodeAccountCursor,
  toAccountDetail,
  toAccountResponse,
} from './accounts.schema.js';
import { provisioningProblem } from './provisioning.problems.js';

const NEWEST_OPERATIONS = 10;

@ApiTags('accounts')
@Controller('api/v1/accounts')
export class AccountsController {
  constructor(private readonly database: Database) {}

  @Get()
  @RequirePermission('accounts.read')
  @ApiOperation({
    operationId: 'listAccounts',
    summary: 'List accounts',
    description: 'In the order of their ids. Filters can be combined.',
  })
  @ApiOkResponse({ description: 'A page of accounts.', standardSchema: accountPage })
  async list(@Query({ schema: accountListQuery }) query: AccountListQuery): Promise<Page<AccountResponse>> {
    const { after, ...filter } = query;
    const rows = await listAccounts(this.database, {
      ...filter,
      after: after === undefined ? undefined : decodeAccountCursor(after),
    });
    return pageOf(rows, filter.limit, toAccountResponse, ({ id }) => [id]);
  }

  @Get(':id')
  @RequirePermission('accounts.read')
  @ApiOperation({
    operationId: 'getAccount',
    summary: 'Get an account',
    description: 'With its newest operations and what they changed.',
  })
  @ApiOkResponse({ description: 'The account.', standardSchema: accountDetail })
  @ApiProblems(404)
  async get(@Param('id', { schema: accountIdParam }) id: string): Promise<AccountDetail> {
    const row = await loadAccountRow(this.database, Number(id));
    if (row === undefined) {
      throw provisioningProblem.accountNotFound(
        `No account has the id ${id}. GET /api/v1/accounts lists them.`,
      );
    }
    return toAccountDetail(row, await newestOperations(this.database, row.id, NEWEST_OPERATIONS));
  }
}
