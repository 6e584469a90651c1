// What a connection must not repeat: an APIC, or a proxy before it, may send back what it was sent.

/** Tokens that are remembered; each refresh makes another one, and those before are no secrets for long. */
const MOST_TOKENS = 16
/** A shorter one is found in too many words; it is hidden where it stands for a password. */
const LEAST_LENGTH = 4
/** What stands for a password in a body or a form, up to its end. */
const PASSWORD_FIELD = /("?(?:pwd|password)"?\s*[:=]\s*)("(?:\\.|[^"\\])*"?|[^\s,}&]+)/gi

const HIDDEN = '…'

export class Secrets {
  private password: readonly string[] = []
  /** The forms of each token, the oldest first. */
  private readonly tokens = new Map<string, readonly string[]>()

  /** From now on the password is not repeated, however it is escaped. */
  addPassword(password: string): void {
    this.password = formsOf(password)
  }

  /** From now on this token is not repeated, however it is escaped. */
  addToken(token: string): void {
    this.tokens.delete(token)
    this.tokens.set(token, formsOf(token))
    const [oldest] = this.tokens.keys()
    if (this.tokens.size > MOST_TOKENS && oldest !== undefined) this.tokens.delete(oldest)
  }

  /** The text without any of them. */
  hide(text: string): string {
    const forms = [...this.password, ...[...this.tokens.values()].flat()]
    return forms.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text.replace(PASSWORD_FIELD, `$1${HIDDEN}`))
  }
}

/** How a secret may be written in what is sent back. */
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
