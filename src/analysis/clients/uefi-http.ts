/**
 * UEFI firmware that boots over HTTP.
 */
import { isHttpClient } from '../../wire/pxe/client.ts'
import type { ClientKind } from './client-kind.ts'

export const UEFI_HTTP: ClientKind = { name: 'UEFI HTTP boot', matches: isHttpClient, effects: {} }
