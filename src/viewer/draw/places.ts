/**
 * Rectangles of the topology. Types only.
 */

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface SubnetPlace extends Box {
  readonly name: string
  readonly cidr: string
  readonly busY: number
  readonly busLeft: number
  readonly busRight: number
}
