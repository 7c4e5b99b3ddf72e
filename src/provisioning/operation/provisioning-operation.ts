// The kind of operation that makes one account match, or deletes its object.
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Expressions } from '../../platform/expressions/index.js';
import { DataKeyError, SecretBox } from '../../platform/secrets/index.js';
import { type Attempt, OperationKinds, type Outcome, WORKER_DATABASE } from '../../queue/index.js';
import { AttachmentGoneError, Attachments, IdentityReader } from '../../registry/index.js';
import { ConnectorError } from '../connector/connector-error.js';
import { SystemConnectors } from '../connector/system-connectors.js';
import { failureOf } from '../domain/failure-of-connector-error.js';
import { openSecrets, withoutSecrets } from '../sealed-secrets.js';
import { type AccountContext, loadAccount } from './account-context.js';
import { AccountRecords } from './account-records.js';
import { confirmByWord } from './confirm-by-word.js';
import { deleteAccount } from './delete-account.js';
import { matchAccount } from './match-account.js';
import { PROVISIONING_KIND, type ProvisioningPayload, provisioningPayload } from './provisioning-payload.js';
import { NOT_WANTED, settleAccount } from './settle-account.js';
import { asStored, computeWanted, type MappingFault } from './wanted-object.js';

@Injectable()
export class ProvisioningOperation implements OnModuleInit {
  constructor(
    @Inject(WORKER_DATABASE) private readonly database: Database,
    private readonly kinds: OperationKinds,
    private readonly connectors: SystemConnectors,
    private readonly identities: IdentityReader,
    private readonly attachments: Attachments,
    private readonly expressions: Expressions,
    private readonly records: AccountRecords,
    private readonly secrets: SecretBox,
  ) {}

  onModuleInit(): void {
    this.kinds.register<ProvisioningPayload>({
      kind: PROVISIONING_KIND,
      payload: provisioningPayload,
      whenExhausted: 'park',
      retryGate: 'retry-tick',
      run: (attempt) => this.#run(attempt),
      recordEnqueued: (transaction, operations) => this.records.insertOperations(transaction, operations),
      recordConfirmed: confirmByWord,
    });
  }

  async #run(attempt: Attempt<ProvisioningPayload>): Promise<Outcome> {
    const { payload } = attempt.operation;
    const account = await loadAccount(this.database, payload.accountId);
    if (!account) return { kind: 'executed', summary: 'the account is gone; there is nothing to do' };
    try {
      return payload.change === 'delete'
        ? await this.#delete(attempt, account)
        : await this.#match(attempt, account);
    } catch (error) {
      if (error instanceof ConnectorError) return this.#failureOf(error, account);
      if (error instanceof DataKeyError)
        return { kind: 'configuration', code: 'wrong-key', sign: 'silent', message: error.message };
      if (error instanceof AttachmentGoneError)
        return { kind: 'transient', code: 'attachment-replaced', sign: 'silent', message: error.message };
      throw error;
    }
  }

  /** The system may repeat in its words what it was told. */
  #failureOf(error: ConnectorError, account: AccountContext): Outcome {
    const failure = failureOf(error);
    return {
      ...failure,
      message: withoutSecrets(failure.message, openSecrets(this.secrets, account.system)),
    };
  }

  async #delete(attempt: Attempt<ProvisioningPayload>, account: AccountContext): Promise<Outcome> {
    const { connector } = await this.connectors.of(account.system);
    return deleteAccount({ attempt, account, connector, records: this.records });
  }

  async #match(attempt: Attempt<ProvisioningPayload>, account: AccountContext): Promise<Outcome> {
    const identity =
      account.state === 'wanted' ? await this.identities.load(this.database, account.entityId) : null;
    if (!identity) return this.#settle(attempt, account);
    const { connector, definition } = await this.connectors.of(account.system);
    const computed = await computeWanted(
      account.mapping,
      identity,
      { name: account.system.name, booleans: definition.booleans },
      { expressions: this.expressions, attachments: this.attachments },
      attempt.signal,
    );
    if (!computed.ok) return mappingFailed(computed.faults);
    const wanted = await asStored(connector, account.objectClass, computed.wanted, attempt.signal);
    return matchAccount({ attempt, account, wanted, connector, records: this.records });
  }

  async #settle(attempt: Attempt<ProvisioningPayload>, account: AccountContext): Promise<Outcome> {
    const intents = await attempt.unsettledIntents();
    if (intents.length === 0) return { kind: 'executed', summary: NOT_WANTED };
    const { connector } = await this.connectors.of(account.system);
    return settleAccount({ attempt, account, connector, records: this.records, intents });
  }
}

function mappingFailed(faults: readonly MappingFault[]): Outcome {
  const isPassing = faults.some(({ fault }) => fault === 'engine');
  const texts = faults.map(({ attribute, problem }) => `${attribute}: ${problem}`);
  return {
    kind: isPassing ? 'transient' : 'permanent',
    code: 'mapping-failed',
    sign: 'silent',
    message: `The mapping gave no values. ${texts.join('; ')}. Correct the expression or the person's data; the next change is tried at once.`,
  };
}
