/**
 * What a run needs of this machine: image folders, SHA-256, programs and virtual machines. Does not run anything.
 */
import { createHash } from 'node:crypto'
import process from 'node:process'
import { attachedPrograms } from '../network/attach/program/running.ts'
import { diskMachines } from '../network/attach/qemu/disk-machine.ts'
import { loadImages } from '../nbs/image-directory.ts'
import type { ImageStore } from '../nbs/images.ts'
import { type Images, writtenFiles } from '../servers/parts/files.ts'
import type { Scenario } from '../scenario/model.ts'
import { imageDirectory } from '../scenario/read-file.ts'
import type { Attachments } from '../servers/kind.ts'
import type { RunSurroundings } from './run.ts'
import { SHIPPED_IMAGES, VERSION, commandLineProgram } from '../document/home.ts'

/** A folder is read once, however many servers and runs use it. */
const folders = new Map<string, ImageStore>()

const folder = (path: string): ImageStore => {
  let store = folders.get(path)
  if (!store) folders.set(path, (store = loadImages(path)))
  return store
}

/** Files written in a scenario are made once for all its runs. */
const written = new WeakMap<Images, ImageStore>()

const writtenStore = (images: Extract<Images, { kind: 'files' }>): ImageStore => {
  let store = written.get(images)
  if (!store) written.set(images, (store = writtenFiles(images.files)))
  return store
}

export const surroundingsOf = (scenario: Pick<Scenario, 'file'>): RunSurroundings => ({
  version: VERSION,
  hashOf: bytes => createHash('sha256').update(bytes).digest('hex'),
  imagesOf: images => {
    if (images === undefined) return folder(SHIPPED_IMAGES)
    if (images.kind === 'files') return writtenStore(images)
    return folder(imageDirectory(scenario.file, images.path))
  },
  attachments: attachmentsFor(imageDirectory(scenario.file, '.')),
})

/** `directory`: that of the scenario, from which programs, settings and disks are named. */
const attachmentsFor = (directory: string): Attachments => ({
  programs: attachedPrograms(directory, [process.execPath, commandLineProgram()]),
  machines: diskMachines(directory),
})
