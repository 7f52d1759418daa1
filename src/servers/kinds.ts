/**
 * The kinds of server that nbs-lab has, one line each.
 */
import { dhcpKind } from './dhcp/kind.ts'
import { foreignKind } from './foreign/kind.ts'
import { ServerKinds } from './kind-list.ts'
import { nbsKind } from './nbs/kind.ts'
import { programKind } from './program/kind.ts'
import { vmKind } from './vm/kind.ts'

export const SERVER_KINDS = new ServerKinds([dhcpKind, nbsKind, foreignKind, programKind, vmKind])
