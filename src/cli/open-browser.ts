/**
 * Opens an address in the user's browser, where there is one. Never fails: the address is printed anyway.
 */
import { spawn } from 'node:child_process'
import process from 'node:process'

const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
  linux: ['xdg-open'],
}

export const openBrowser = (address: string): void => {
  const command = COMMANDS[process.platform]
  const screen = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']
  if (!command || !screen) return
  const [program, ...fixed] = command
  const child = spawn(program, [...fixed, address], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
