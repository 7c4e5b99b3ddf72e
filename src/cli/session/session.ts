// The session with one server. Each refresh token is used once, so whoever renews it does so alone and stores the next.
import { exchange } from '../api/http.js';
import { asObject, requireNumber, requireText } from '../api/json.js';
import { CliError, Refusal } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
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
    const sessions = await this.file.update(async (current) => {
      const stored = this.#find(current);
      if (stored === undefined) throw this.#notLoggedIn();
      // Another process renewed it while this one waited.
      if (stored.accessToken !== used && this.#isFresh(stored)) return current;
      const renewed = await this.#exchangeTokens(stored);
      return renewed === undefined ? this.#without(current) : this.#with(current, renewed);
    });
    const renewed = this.#find(sessions);
    if (renewed !== undefined) return renewed.accessToken;
    throw new CliError(
      EXIT.notLoggedIn,
      `The session with ${this.server} has ended. Log in again: ${this.#loginCommand()}`,
    );
  }

  /** @throws Refusal when the login or the password is not right */
  async logIn(login: string, password: string): Promise<void> {
    const pair = await this.#askForTokens('login', { login, password });
    await this.file.update(async (current) => ({
      ...this.#with(current, { server: this.server, login, ...pair }),
      server: this.server,
    }));
  }

  async isOpen(): Promise<boolean> {
    return this.#find(await this.file.read()) !== undefined;
  }

  /** Removes the tokens from this machine. */
  async forget(): Promise<void> {
    await this.file.update(async (current) => this.#without(current));
  }

  /** Undefined when the service no longer honours the refresh token. */
  async #exchangeTokens(stored: StoredSession): Promise<StoredSession | undefined> {
    try {
      const pair = await this.#askForTokens('refresh', { refreshToken: stored.refreshToken });
      return { ...stored, ...pair };
    } catch (error) {
      if (error instanceof Refusal && error.problem.status === 401) return undefined;
      throw error;
    }
  }

  async #askForTokens(
    route: 'login' | 'refresh',
    body: object,
  ): Promise<Pick<StoredSession, 'accessToken' | 'accessUntil' | 'refreshToken'>> {
    const asked = this.now();
    const answer = await exchange(this.server, { method: 'POST', path: `/api/v1/auth/${route}`, body });
    const pair = asObject(answer, 'the pair of tokens');
    return {
      accessToken: requireText(pair, 'accessToken'),
      accessUntil: asked + requireNumber(pair, 'expiresIn') * 1_000,
      refreshToken: requireText(pair, 'refreshToken'),
    };
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
