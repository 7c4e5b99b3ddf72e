// The session with one server. Each refresh token is used once, so whoever renews it does so alone and stores the next.
import { resolve } from 'node:path';
import { exchange } from '../api/http.js';
import { asObject, type JsonObject, requireNumber, requireText } from '../api/json.js';
import { CliError, Refusal } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { readSecretFile } from './password.js';
import type { SessionFile, Sessions, StoredSession } from './session-file.js';

/** An access token is renewed this long before it expires, for the way there and small differences of clocks. */
const MARGIN_MS = 10_000;

export class Session {
  constructor(
    readonly server: string,
    private readonly file: SessionFile,
    private readonly now: () => number,
  ) {}

  /** A token that is not about to expire. @throws CliError 3 when nobody is logged in */
  async accessToken(): Promise<string> {
    const stored = this.#find(await this.file.read());
    if (stored === undefined) throw this.#notLoggedIn();
    return this.#isFresh(stored) ? stored.accessToken : this.renew(stored.accessToken);
  }

  /** The token to use instead of `used`. @throws CliError 3 when the session has ended */
  async renew(used: string): Promise<string> {
    let keyFile: string | undefined;
    const sessions = await this.file.update(async (current) => {
      const stored = this.#find(current);
      if (stored === undefined) throw this.#notLoggedIn();
      // Another process renewed it while this one waited.
      if (stored.accessToken !== used && this.#isFresh(stored)) return current;
      keyFile = stored.keyFile;
      const renewed = await this.#exchangeTokens(stored);
      return renewed === undefined ? this.#without(current) : this.#with(current, renewed);
    });
    const renewed = this.#find(sessions);
    if (renewed !== undefined) return renewed.accessToken;
    const how = keyFile === undefined ? '' : ` --service-key-file ${keyFile}`;
    throw new CliError(
      EXIT.notLoggedIn,
      `The session with ${this.server} has ended. Log in again: ${this.#loginCommand()}${how}`,
    );
  }

  /** @throws Refusal when the login or the password is not right */
  async logIn(login: string, password: string, realm?: string): Promise<void> {
    const asked = this.now();
    const pair = await this.#askForTokens('login', { login, password, realm });
    await this.#keep({ login, ...tokenOf(pair, asked), refreshToken: requireText(pair, 'refreshToken') });
  }

  /** As a service: from then on its key is read from `keyFile` whenever a token is needed. @throws Refusal */
  async logInWithKey(keyFile: string): Promise<void> {
    // Absolute, because later commands run in other folders.
    const file = resolve(keyFile);
    const asked = this.now();
    const answer = await this.#askForTokens('service-token', { key: await readSecretFile(file, 'key') });
    await this.#keep({ login: '', ...tokenOf(answer, asked), keyFile: file });
  }

  async isOpen(): Promise<boolean> {
    return this.#find(await this.file.read()) !== undefined;
  }

  /** Removes the tokens from this machine. */
  async forget(): Promise<void> {
    await this.file.update(async (current) => this.#without(current));
  }

  async #keep(session: Omit<StoredSession, 'server'>): Promise<void> {
    await this.file.update(async (current) => ({
      ...this.#with(current, { server: this.server, ...session }),
      server: this.server,
    }));
  }

  /** Undefined when the service no longer honours what the session is renewed with. */
  async #exchangeTokens(stored: StoredSession): Promise<StoredSession | undefined> {
    const asked = this.now();
    try {
      if (stored.keyFile !== undefined) {
        const key = await keyOf(stored.keyFile);
        return { ...stored, ...tokenOf(await this.#askForTokens('service-token', { key }), asked) };
      }
      const pair = await this.#askForTokens('refresh', { refreshToken: stored.refreshToken });
      return { ...stored, ...tokenOf(pair, asked), refreshToken: requireText(pair, 'refreshToken') };
    } catch (error) {
      if (error instanceof Refusal && error.problem.status === 401) return undefined;
      throw error;
    }
  }

  async #askForTokens(route: 'login' | 'refresh' | 'service-token', body: object): Promise<JsonObject> {
    return asObject(
      await exchange(this.server, { method: 'POST', path: `/api/v1/auth/${route}`, body }),
      'the answer with the tokens',
    );
  }

  #find(sessions: Sessions): StoredSession | undefined {
    return sessions.sessions.find(({ server }) => server === this.server);
  }

  #with(current: Sessions, session: StoredSession): Sessions {
    return { ...current, sessions: [...this.#without(current).sessions, session] };
  }

  #without(current: Sessions): Sessions {
    return { ...current, sessions: current.sessions.filter(({ server }) => server !== this.server) };
  }

  #isFresh({ accessUntil }: StoredSession): boolean {
    return this.now() < accessUntil - MARGIN_MS;
  }

  #notLoggedIn(): CliError {
    return new CliError(
      EXIT.notLoggedIn,
      `Nobody is logged in at ${this.server}. Log in: ${this.#loginCommand()}`,
    );
  }

  #loginCommand(): string {
    return `provost login --server ${this.server}`;
  }
}

/** @throws CliError 3: the session stands, and goes on when the file is back */
async function keyOf(file: string): Promise<string> {
  try {
    return await readSecretFile(file, 'key');
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(EXIT.notLoggedIn, `The next token needs the service's key. ${error.message}`, {
      cause: error,
    });
  }
}

/** @param asked milliseconds since 1970, from before the answer was on its way */
function tokenOf(answer: JsonObject, asked: number): { accessToken: string; accessUntil: number } {
  return {
    accessToken: requireText(answer, 'accessToken'),
    accessUntil: asked + requireNumber(answer, 'expiresIn') * 1_000,
  };
}
