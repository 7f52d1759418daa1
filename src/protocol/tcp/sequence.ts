/**
 * Arithmetic on 32-bit sequence numbers, which wrap (RFC 9293 §3.4).
 */

export const plus = (sequence: number, bytes: number): number => (sequence + bytes) >>> 0

/** From `a` on to `b`; negative where `b` lies before. */
export const span = (a: number, b: number): number => (b - a) | 0

export const isAfter = (a: number, b: number): boolean => span(b, a) > 0
