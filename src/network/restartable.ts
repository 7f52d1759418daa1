/**
 * Something that runs on a host and can be stopped and started again, anew each time. Does not know what runs.
 */

export interface Running {
  /** Resolves when its sockets are bound. */
  readonly ready: Promise<void>
  stop(): void
}

export class Restartable<How = void> {
  readonly #launch: (how: How) => Running | undefined
  #running: Running | undefined

  /** `launch` returns nothing where nothing is to run. */
  constructor(launch: (how: How) => Running | undefined) {
    this.#launch = launch
  }

  /** What runs is stopped first. What is launched is there when this call returns; the promise is for its sockets. */
  async start(how: How): Promise<void> {
    this.stop()
    this.#running = this.#launch(how)
    await this.#running?.ready
  }

  stop(): void {
    this.#running?.stop()
    this.#running = undefined
  }
}
