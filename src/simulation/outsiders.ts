/**
 * Servers of a paced run that live outside of it (a program, a virtual machine): time begins when they are ready, stands
 * still while one is started or stopped later, and none is left when the run is over. Does not start any.
 */
import type { PacedNetwork } from '../network/paced/paced.ts'
import type { RunningServer } from '../servers/kind.ts'
import type { Attend } from './attend.ts'

export class Outsiders {
  readonly #servers = new Set<RunningServer>()
  readonly #starting: Promise<void>[] = []
  #world: PacedNetwork | undefined

  readonly attend: Attend = (server, work) => {
    if (!work) return
    this.#servers.add(server)
    if (!this.#world) {
      this.#starting.push(work)
      // Whoever waits for all of them is told; nobody does if something else goes wrong first.
      work.catch(() => {})
      return
    }
    const world = this.#world
    const goOn = world.hold()
    work.then(goOn, (error: unknown) => world.fail(error instanceof Error ? error : new Error(String(error))))
  }

  /** Resolves when all that were started before time began are ready; rejects if one cannot be. */
  async ready(world: PacedNetwork): Promise<void> {
    await Promise.all(this.#starting)
    this.#world = world
  }

  /** Those that were ready at once are part of the world and end with it. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#servers].map(async server => server.stop()))
  }
}
