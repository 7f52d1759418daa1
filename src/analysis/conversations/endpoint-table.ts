/**
 * A map by address and port. Two small integers are found several times faster than one large number, and this is asked
 * for every packet of a capture. Does not bound itself: `size` is for who fills it.
 */
import { type Ip4, ip4Key } from '../../core/address.ts'

export class EndpointTable<T> {
  /** By the address as a signed integer, which engines keep without a box. */
  readonly #byAddress = new Map<number, Map<number, T>>()
  size = 0

  get(ip: Ip4, port: number): T | undefined {
    return this.#byAddress.get(ip4Key(ip))?.get(port)
  }

  set(ip: Ip4, port: number, value: T): void {
    let ports = this.#byAddress.get(ip4Key(ip))
    if (!ports) this.#byAddress.set(ip4Key(ip), (ports = new Map()))
    if (!ports.has(port)) this.size++
    ports.set(port, value)
  }

  delete(ip: Ip4, port: number): void {
    const ports = this.#byAddress.get(ip4Key(ip))
    if (!ports?.delete(port)) return
    this.size--
    if (ports.size === 0) this.#byAddress.delete(ip4Key(ip))
  }
}
