/**
 * Kinds of server together: the form of any of them, and each by its name. A value that is handed to whoever loads a
 * scenario, so that somebody else's kinds can be added. Does not know which there are; `kinds.ts` does.
 */
import { z } from 'zod'
import type { ServerForm, ServerKind } from './kind.ts'

export class ServerKinds {
  readonly list: readonly ServerKind[]
  /** The form of a server of any of these kinds. */
  readonly form: z.ZodType<ServerForm>

  constructor(list: readonly ServerKind[]) {
    this.list = list
    const [first, ...others] = list.map(({ form }) => form)
    if (!first) throw new RangeError('there is no kind of server')
    this.form = z.discriminatedUnion('kind', [first, ...others])
  }

  /** These and more; a kind of a name that is there already takes its place. */
  with(...more: readonly ServerKind[]): ServerKinds {
    const kept = this.list.filter(({ kind }) => !more.some(other => other.kind === kind))
    return new ServerKinds([...kept, ...more])
  }

  /** Throws `RangeError` for a kind that is not among these. */
  of({ kind }: { readonly kind: string }): ServerKind {
    const found = this.list.find(one => one.kind === kind)
    if (!found) throw new RangeError(`there is no kind of server "${kind}"`)
    return found
  }
}
