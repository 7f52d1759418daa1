/**
 * The points on which BSDP responders differ from Apple's server, each a switch, so that a product is
 * a row of `servers/parts/bsdp-products.ts`. Contains no logic.
 */

export interface BsdpBehavior {
  /** Sub-option 4 is `base` less the number of records, or always `base`. */
  readonly priority: { readonly base: number; readonly falls: boolean }
  /** Answers a SELECT that names another server as if it were its own: true contention. */
  readonly ignoresServerIdentifier: boolean
  /** Keeps its record when the client selects elsewhere, and so goes on to claim the client. */
  readonly keepsRecords: boolean
  /** Looks for an image by the low 16 bits of its id. */
  readonly comparesIndexOnly: boolean
  /** Sub-option 8 for everybody, as a fixed answer has it. */
  readonly claimsEveryone: boolean
  /** Answers the DISCOVER of a bound client with a BSDP OFFER. */
  readonly offersToBound: boolean
  /** Lists an image only to the models it is for; without it, to every client. */
  readonly checksModel: boolean
  /** Answers only clients whose option 60 is that of a Mac. */
  readonly checksClass: boolean
  readonly repliesTo: 'reply-port' | 'source-port'
  /** Sub-option 3 in an ACK, where it has no business. */
  readonly sendsServerIdentifier: boolean
  /** Option 60 of answers. */
  readonly classIdentifier: 'exact' | 'architecture' | 'echo'
  /** Names go to header fields, or to options 66 and 67 (then siaddr is 0 too). */
  readonly names: 'header' | 'options'
  readonly serverName: 'host' | 'address' | 'empty'
  /** Sub-option 130. */
  readonly machineName: 'numbered' | 'mac' | 'fixed' | 'none'
  /** A list longer than one option 43 holds. */
  readonly split: 'descriptors' | 'truncate'
  /** A SELECT of an image that is not there. */
  readonly unknownImage: 'failed' | 'silent' | 'empty-file'
  /** Every SELECT fails: fault injection. */
  readonly failsSelect: boolean
  /** A fixed reply port check: requests with a port from here on are ignored. */
  readonly replyPortLimit: number
}

export const APPLE_BEHAVIOR: BsdpBehavior = {
  priority: { base: 32_768, falls: true },
  ignoresServerIdentifier: false,
  keepsRecords: false,
  comparesIndexOnly: false,
  claimsEveryone: false,
  offersToBound: true,
  checksModel: true,
  checksClass: true,
  repliesTo: 'reply-port',
  sendsServerIdentifier: false,
  classIdentifier: 'exact',
  names: 'header',
  serverName: 'host',
  machineName: 'numbered',
  split: 'descriptors',
  unknownImage: 'failed',
  failsSelect: false,
  replyPortLimit: 1024,
}
