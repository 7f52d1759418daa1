/**
 * What all kinds of server have in common: a place on the network, and files.
 */
import { type Checking, entriesOf } from './checking.ts'
import type { ServerForm } from './format-foreign.ts'
import type { ImagesForm } from './format-options.ts'
import type { Path } from '../document/located.ts'
import type { ImageFile, Images, ServerBase } from './model.ts'
import { type Addresses, OWN_CABLE, resolveLink } from './resolve-network.ts'

export const baseOf = (
  network: Addresses,
  name: string,
  form: Pick<ServerForm, 'on' | 'address' | 'link'>,
  responseDelay: ServerBase['responseDelay'],
): ServerBase => ({
  name,
  on: form.on,
  address: form.address,
  gateway: network.gatewayOf(form.on),
  link: form.link && resolveLink(form.link, OWN_CABLE),
  responseDelay,
})

export const resolveImages = (checking: Checking, form: ImagesForm, path: Path): Images => {
  if (typeof form !== 'string') return { kind: 'files', files: resolveFiles(form) }
  if (!checking.surroundings.exists(form))
    checking.complain(path, `there is no directory "${form}" (seen from the scenario file)`)
  return { kind: 'directory', path: form }
}

export const resolveFiles = (files: Readonly<Record<string, number | string>>): ImageFile[] =>
  entriesOf(files).map(([name, content]) =>
    typeof content === 'number' ? { name, size: content } : { name, text: content },
  )
