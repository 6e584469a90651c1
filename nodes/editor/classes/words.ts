// Words as people type them, made comparable: without case, accents, full-width forms and inflections, in languages with
// spaces between words and without.

/** Written one way: `Störung` and `Stoerung`, `ＢＧＰ` and `bgp`, `サーバー` and `サーバ` are the same. */
export function folded(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll('ä', 'ae')
      .replaceAll('ö', 'oe')
      .replaceAll('ü', 'ue')
      .replaceAll('ß', 'ss')
      // Accents; not the voicing marks of kana, which make other letters.
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
      .replaceAll('フェース', 'フェイス')
      .replace(/ー(?![ァ-ヺー])/g, '')
  )
}

/** The words of a folded text. */
export function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
}

const LITTLE = new Set(
  'a an the of on in at to for and or by is der die das des dem den ein eine und oder von im am an zu'.split(' ')
)

/** What is looked for: the words that say something, or all of them when none does. */
export function termsOf(query: string): string[] {
  const words = wordsOf(folded(query))
  const significant = words.filter((word) => !LITTLE.has(word))
  return significant.length > 0 ? significant : words
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u

/**
 * How well a word of a text answers to a term, from 0, not at all, to 1, being it. Both are folded.
 */
export function likeness(term: string, word: string): number {
  if (word === term) return 1
  // Forms of one word begin alike. The look at that comes first because nearly all words fail it.
  if (!word.startsWith(term.slice(0, 3))) return term.length >= 3 && word.includes(term) ? 0.5 : 0
  if (singular(word) === singular(term)) return 0.9
  if (word.startsWith(term)) return 0.8
  if (isFormOf(term, word)) return 0.7
  return word.includes(term) ? 0.5 : 0
}

/** Whether a term is a word with one of the short endings of plurals and cases, in whichever language: Endpunkte, ports. */
export function isFormOf(term: string, word: string): boolean {
  return word.length >= 4 && term.startsWith(word) && term.length - word.length <= 2
}

function singular(word: string): string {
  if (word.length < 4) return word
  return word
    .replace(/ies$/, 'y')
    .replace(/(?<=ss|sh|ch|x)es$/, '')
    .replace(/(?<!s)s$/, '')
}

/**
 * Whether a term of a language without spaces is in a text, whole or in pieces of at least two characters: 端口故障 is in
 * a text with 端口 and with 故障. The text is folded and has no spaces.
 */
export function isIn(text: string, term: string): boolean {
  if (text.includes(term)) return true
  if (!UNSPACED.test(term)) return false
  for (let cut = term.length - 2; cut >= 2; cut -= 1) {
    if (text.includes(term.slice(0, cut)) && isIn(text, term.slice(cut))) return true
  }
  return false
}

export function isUnspaced(term: string): boolean {
  return UNSPACED.test(term)
}
