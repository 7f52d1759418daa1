/**
 * The facts of a finding as plain values, ready for JSON: servers and machines as they are called in messages, times
 * in seconds. Sentences are made from them and from nothing else.
 */
export type Detail = string | number | boolean | null | readonly Detail[] | Details

/** A field that is absent is not known, or does not apply. */
export interface Details {
  readonly [field: string]: Detail | undefined
}

/** How machines chose between several answers; of all boots of the finding together. */
export type RaceDetails = {
  /** Most often followed first. */
  readonly followed: readonly { readonly server: string; readonly times: number }[]
  /** Boots in which the choice leaves no packet. */
  readonly unknown: number
  /** Boots in which a later answer was taken. */
  readonly overtaken: number
  /** By which the first answer led. */
  readonly leadSeconds: { readonly min: number; readonly max: number }
}

/** What every finding from packets has beside the details of its rule. */
export type CommonDetails = {
  /** By firmware, the most numerous first; `effect`: what the finding means for them. */
  readonly machines: readonly {
    readonly firmware: string
    readonly count: number
    readonly effect?: string
  }[]
  /** Transfers of machines that cannot be told apart. */
  readonly unidentified?: number
  /** The relay they stand behind, where their own segment is not in the capture. */
  readonly relay?: string
  readonly race?: RaceDetails
}
