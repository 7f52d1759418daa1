/**
 * Text inside XML: of reports and drawings. Does not build elements.
 */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** For content and for attributes in double quotes. Characters that XML 1.0 does not have become `?`. */
export const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, char => ENTITIES[char]!)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
