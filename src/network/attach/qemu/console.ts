/**
 * A serial console as screen lines: escape sequences dropped, backspaces taken back, lines that a terminal of 80
 * columns has broken put together again. Not a terminal emulator: a cursor that jumps begins a new line.
 */

/** BIOS consoles break lines after this many characters. */
const COLUMNS = 80

/** Characters of one line; firmware that draws without ever ending a line gets a new one. */
export const MAX_CONSOLE_LINE = 2_000

type Show = (text: string, continues: boolean) => void

export class SerialConsole {
  readonly #show: Show
  #escape: string | undefined
  /** Of the current line: all of it, and how much has been shown. */
  #line = ''
  #shown = 0
  /** The line begins where a full one ended: it may belong to it. */
  #wraps = false

  constructor(show: Show) {
    this.#show = show
  }

  write(bytes: Uint8Array): void {
    for (const byte of bytes) this.#put(byte)
  }

  /** Shows what stands in an unfinished line. */
  flush(): void {
    const text = this.#line.slice(this.#shown)
    if (text === '') return
    if (this.#shown === 0 && !this.#wraps && text.trim() === '') return
    this.#show(text, this.#shown > 0 || this.#wraps)
    this.#shown = this.#line.length
  }

  #put(byte: number): void {
    if (this.#escape !== undefined) return this.#inEscape(byte)
    if (byte === ESCAPE) this.#escape = ''
    else if (byte === 0x0a) this.#newLine()
    else if (byte === 0x08) this.#takeBack()
    else if (byte >= 0x20 && byte < 0x7f) {
      this.#line += String.fromCharCode(byte)
      if (this.#line.length >= MAX_CONSOLE_LINE) this.#newLine()
    }
  }

  /** ECMA-48: after CSI, parameters up to a letter; else one character. */
  #inEscape(byte: number): void {
    this.#escape += String.fromCharCode(byte)
    if (this.#escape === '[' || (this.#escape!.startsWith('[') && byte < 0x40)) return
    const jumps = this.#escape!.startsWith('[') && /[HfJ]$/.test(this.#escape!)
    this.#escape = undefined
    if (jumps && this.#line.trim() !== '') this.#newLine()
  }

  #newLine(): void {
    const width = this.#line.length
    this.flush()
    this.#line = ''
    this.#shown = 0
    this.#wraps = width === COLUMNS
  }

  /** What has been shown stays shown. */
  #takeBack(): void {
    this.#line = this.#line.slice(0, -1)
    this.#shown = Math.min(this.#shown, this.#line.length)
  }
}

const ESCAPE = 0x1b
