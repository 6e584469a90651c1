// How the name of a class looks among other words.

/**
 * Whether a word looks like the name of a class: a package in small letters, then a name that begins with a capital
 * (`fvTenant`, `l1PhysIf`, `uribv4Route`). Words of a language do not.
 */
export function looksLikeClass(word: string): boolean {
  return /^[a-z]+[0-9]*[a-z]*[A-Z][A-Za-z0-9]*$/.test(word)
}
