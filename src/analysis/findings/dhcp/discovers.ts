/**
 * How often a machine asked. Shared by the rules about answers that are missing.
 */
import type { Boot } from '../../conversations/conversation.ts'

export const discoversOf = (boot: Boot): number =>
  boot.exchanges.reduce((sum, exchange) => sum + exchange.discovers, 0)
