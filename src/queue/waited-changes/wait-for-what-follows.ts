import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import { MOST_WAITED_SECONDS, WaitedChangesInterceptor } from './waited-changes.interceptor.js';

/** The caller of this change may wait for the work that follows from it: `Prefer: wait=N`. */
export function WaitsForWhatFollows(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(WaitedChangesInterceptor),
    ApiExtension('x-waits-for-what-follows', true),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: `\`wait=N\`: answer when the operations that follow from the change have ended, after at most N seconds (${MOST_WAITED_SECONDS} at most). The change itself is made in any case; \`Provost-Group\` says how far they are.`,
      schema: { type: 'string', maxLength: 1_024 },
      example: 'wait=10',
    }),
  );
}
