// Which of the languages that the catalogue speaks a browser's language is.

import { texts as de } from './texts/de'
import { texts as english } from './texts/en-US'
import { texts as ja } from './texts/ja'
import type { CatalogueTexts } from './texts/shape'
import { texts as simplifiedChinese } from './texts/zh-CN'

const LANGUAGES = { 'en-US': english, de, ja, 'zh-CN': simplifiedChinese } satisfies Record<string, CatalogueTexts>

export type Language = keyof typeof LANGUAGES

export const LANGUAGE_TAGS = Object.keys(LANGUAGES) as Language[]

/**
 * The language for a tag such as `de-AT` or `zh-Hans-SG`; English for all that is not spoken here. Traditional Chinese is
 * another language: the rest of the dialog is then English, and so is this.
 */
export function languageOf(tag: string): Language {
  const lower = tag.toLowerCase()
  if (/^zh(?:$|-cn|-sg|-hans)/.test(lower)) return 'zh-CN'
  const primary = lower.split('-')[0]
  return LANGUAGE_TAGS.find((known) => known === primary) ?? 'en-US'
}

export function textsOf(language: Language): CatalogueTexts {
  return LANGUAGES[language]
}
