import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Delete, Get } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { assertEveryRouteIsGuarded, SignedIn } from '../../../src/auth/index.js';
import { HealthModule } from '../../../src/platform/health/index.js';
import { Public, RequirePermission } from '../../../src/platform/http/index.js';
import { MetricsModule } from '../../../src/platform/metrics/index.js';
import { bootGuardedApp } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

@Controller('forgotten')
class ForgottenController {
  @Get()
  @RequirePermission('things.read')
  guarded(): string {
    return 'guarded';
  }

  @Delete(':id')
  remove(): string {
    return 'removed';
  }

  /** No route. */
  helper(): void {}
}

@Controller('twice')
class TwiceController {
  @Get()
  @Public('It seemed harmless.')
  @RequirePermission('things.read')
  read(): string {
    return 'read';
  }
}

class ParentController {
  @Get('inherited')
  inherited(): string {
    return 'inherited';
  }
}

@Controller('child')
class ChildController extends ParentController {
  @Get('own')
  @SignedIn('Everybody may.')
  own(): string {
    return 'own';
  }
}

@Controller('open')
@Public('All of it.')
class OpenController {
  @Get()
  read(): string {
    return 'read';
  }
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database?.drop();
});

async function check(
  ...controllers: Type[]
): Promise<{ error: unknown; status: (path: string) => Promise<number> }> {
  const app = await bootGuardedApp({
    imports: [HealthModule, MetricsModule],
    controllers,
    databaseUrl: database.url,
  });
  try {
    const statuses = new Map<string, number>();
    for (const path of ['/forgotten/1', '/twice', '/child/inherited']) {
      const method = path === '/forgotten/1' ? 'DELETE' : 'GET';
      statuses.set(path, (await app.request(method, path)).status);
    }
    let error: unknown;
    try {
      assertEveryRouteIsGuarded(app.app);
    } catch (thrown) {
      error = thrown;
    }
    return { error, status: async (path) => statuses.get(path) ?? 0 };
  } finally {
    await app.close();
  }
}

describe('the check at start', () => {
  it('passes the routes of auth and of the platform', async () => {
    const { error } = await check(OpenController);
    expect(error).toBeUndefined();
  });

  it('names every route that says nothing, and the way out', async () => {
    const { error } = await check(ForgottenController, ChildController, OpenController);
    expect(error).toMatchObject({
      name: 'UnguardedRouteError',
      routes: ['ForgottenController.remove', 'ChildController.inherited'],
      message: expect.stringContaining('@RequirePermission'),
    });
  });

  it('names a route that says two things', async () => {
    const { error } = await check(TwiceController);
    expect(error).toMatchObject({ routes: ['TwiceController.read (it says so twice)'] });
  });
});

describe('the guard', () => {
  it('denies such routes even where nobody checked', async () => {
    const { status } = await check(ForgottenController, TwiceController, ChildController);
    expect(await status('/forgotten/1')).toBe(403);
    expect(await status('/twice')).toBe(403);
    expect(await status('/child/inherited')).toBe(403);
  });
});
