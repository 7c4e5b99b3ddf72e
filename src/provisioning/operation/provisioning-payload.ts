import { z } from 'zod';

/** Stored in rows: never renamed. */
export const PROVISIONING_KIND = 'provisioning';

/** `match` creates or updates, whichever the system needs; `delete` removes the object. */
export const provisioningPayload = z.strictObject({
  accountId: z.int().positive(),
  change: z.enum(['match', 'delete']),
  systemId: z.uuid(),
  entityType: z.literal('identity'),
  entityId: z.uuid(),
});

export type ProvisioningPayload = z.output<typeof provisioningPayload>;
