// What a request says about who sends it: its cookies and headers, taken apart.

/** Cookies of a request in the order sent; one name may come more than once. */
export const parseCookies = (header: string | undefined): [name: string, value: string][] =>
  (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.includes('='))
    .map((part) => {
      // Only the first sign of equality separates: tokens and signatures end in more of them.
      const cut = part.indexOf('=')
      return [part.slice(0, cut).trim(), part.slice(cut + 1).replace(/^"(.*)"$/, '$1')]
    })

/** All values of one cookie; the case of its name does not matter. */
export const cookieValues = (cookies: readonly [string, string][], name: string): string[] =>
  cookies.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
