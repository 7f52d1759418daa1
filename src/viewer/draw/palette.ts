/**
 * Colours: one for each server, the same everywhere on the page, and those of the theme for what is drawn on canvas.
 * Hues differ in lightness too, so that they stay apart for colour-blind eyes and on a projector.
 */
import type { Replay } from '../replay/model.ts'
import type { ColourOf, Theme } from './theme.ts'

/** NBS and foreign servers in the order of the file: light theme, dark theme. */
const PXE_COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#0b7a75', '#3ddbc4'],
  ['#c2410c', '#ff9c5a'],
  ['#6d28d9', '#b79bff'],
  ['#b0135e', '#ff7fb8'],
  ['#4d7c0f', '#b5e05c'],
  ['#1d4ed8', '#7db4ff'],
  ['#92700c', '#f2d05c'],
  ['#7c3f2a', '#dda68a'],
]
const DHCP_COLOUR = ['#475569', '#9fb0c6'] as const

const LIGHT: Theme = {
  dark: false,
  ink: '#17202e',
  faint: '#586577',
  line: '#c6cfda',
  panel: '#ffffff',
  surface: '#eef2f6',
  accent: '#0f5fd2',
  bad: '#c21f32',
  warn: '#9a5b00',
}

const DARK: Theme = {
  dark: true,
  ink: '#e8eef6',
  faint: '#9aa9bc',
  line: '#334155',
  panel: '#151d29',
  surface: '#1b2534',
  accent: '#6cb0ff',
  bad: '#ff7b86',
  warn: '#ffc061',
}

const darkWanted = matchMedia('(prefers-color-scheme: dark)')

/** A projector may want other colours than the desk it stands on. */
export type Appearance = 'system' | 'light' | 'dark'

let appearance: Appearance = 'system'
const listeners = new Set<() => void>()
darkWanted.addEventListener('change', () => tell())
const tell = (): void => {
  for (const listener of listeners) listener()
}

export const setAppearance = (wanted: Appearance): void => {
  appearance = wanted
  if (wanted === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = wanted
  tell()
}

export const theme = (): Theme =>
  appearance === 'dark' || (appearance === 'system' && darkWanted.matches) ? DARK : LIGHT

export const onThemeChange = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** For a sweep, which knows servers by name only; null and `-`: nobody. */
export const colourByName = (names: readonly string[], { dark, faint }: Theme): ColourOf => {
  const known = [...names].sort()
  return server => {
    const place = server === null ? -1 : known.indexOf(server)
    return place < 0 ? faint : PXE_COLOURS[place % PXE_COLOURS.length]![dark ? 1 : 0]
  }
}

/** Colours of servers by name; the theme's line colour for a server that nobody knows. */
export const serverColours = (replay: Replay, { dark, faint }: Theme): ColourOf => {
  const colours = new Map<string, string>()
  let next = 0
  const take = () => PXE_COLOURS[next++ % PXE_COLOURS.length]![dark ? 1 : 0]
  for (const { name, kind } of replay.recording.site?.servers ?? [])
    colours.set(name, kind === 'dhcp' ? DHCP_COLOUR[dark ? 1 : 0] : take())
  for (const { result } of replay.machines)
    if (result.pxeServer !== null && !colours.has(result.pxeServer)) colours.set(result.pxeServer, take())
  return server => (server === null ? faint : (colours.get(server) ?? faint))
}
