// A socket that client libraries connect by themselves (pg), and that goes nowhere else than its guard says.
import { Socket, type TcpNetConnectOpts } from 'node:net';

type Pin = (
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<TcpNetConnectOpts>;

export class GuardedSocket extends Socket {
  readonly #pin: Pin;

  constructor(pin: Pin) {
    super();
    this.#pin = pin;
  }

  /** As `connect(port, host)`; a refusal is an `error` event. */
  override connect(...[port, host]: unknown[]): this {
    const closed = new AbortController();
    this.once('close', () => closed.abort(new Error('the socket was closed')));
    void this.#connectPinned({ port: Number(port), host: String(host) }, closed.signal);
    return this;
  }

  async #connectPinned(address: { host: string; port: number }, signal: AbortSignal): Promise<void> {
    try {
      const options = await this.#pin(address, signal);
      // A destroyed socket would come to life again.
      if (!this.destroyed) super.connect(options);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}
