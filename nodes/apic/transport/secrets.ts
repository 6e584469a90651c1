// Hides secrets in texts: an APIC, or a proxy before it, may echo a request.

/** Tokens that are hidden; each refresh makes another one, and earlier ones expire soon. */
const MOST_TOKENS = 16
/** Shorter secrets occur in too many words; they are hidden in password fields only. */
const LEAST_LENGTH = 4
/** A password field in a body or a form, up to its end. */
const PASSWORD_FIELD = /("?(?:pwd|password)"?\s*[:=]\s*)("(?:\\.|[^"\\])*"?|[^\s,}&]+)/gi

const HIDDEN = '…'

export class Secrets {
  private password: readonly string[] = []
  /** The forms of each token, the oldest first. */
  private readonly tokens = new Map<string, readonly string[]>()

  /** Hides the password from now on, however it is escaped. */
  addPassword(password: string): void {
    this.password = formsOf(password)
  }

  /** Hides the token from now on, however it is escaped. */
  addToken(token: string): void {
    this.tokens.delete(token)
    this.tokens.set(token, formsOf(token))
    const [oldest] = this.tokens.keys()
    if (this.tokens.size > MOST_TOKENS && oldest !== undefined) this.tokens.delete(oldest)
  }

  /** The text without secrets. */
  hide(text: string): string {
    const forms = [...this.password, ...[...this.tokens.values()].flat()]
    return forms.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text.replace(PASSWORD_FIELD, `$1${HIDDEN}`))
  }
}

/** The forms of a secret in an echoed request. */
function formsOf(secret: string): readonly string[] {
  if (secret.length < LEAST_LENGTH) return []
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    ...new Set([
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      encodeURIComponent(secret),
      encodeURIComponent(json),
      Buffer.from(secret).toString('base64').replace(/=+$/, '')
    ])
  ]
}
