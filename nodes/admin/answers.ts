// Types of the requests and answers of the admin routes. No code and no imports: the code of the dialogs, which runs in the
// browser, uses them as well.
//
// Every route is called by a URL relative to the editor's. What an APIC is reached or shown for needs the permission
// `aci-apic.write`, health `aci-apic.read`; without it the answer is 401 and has no body. Whatever else goes wrong is a
// RouteFailure. Requests with a body are JSON, of at most 64 K.

/** The codes of the package's errors. */
export type RouteErrorCode =
  | 'ACI_CONFIG'
  | 'ACI_AUTH'
  | 'ACI_TLS'
  | 'ACI_UNREACHABLE'
  | 'ACI_TIMEOUT'
  | 'ACI_QUERY'
  | 'ACI_PROTOCOL'
  | 'ACI_CLOSED'

export interface RouteError {
  readonly code: RouteErrorCode
  /** The event, its object, and advice. */
  readonly message: string
  /** The same for translation: a text of the locale catalogue, and its values. */
  readonly trouble?: { readonly kind: string; readonly values: Readonly<Record<string, string>> }
  /** The APIC's refusal in its own words. */
  readonly cause?: { readonly status: number; readonly code: string; readonly text: string }
  /** Fields of the dialog that have to be filled in, where that helps: `password`, `privateKey`, `passphrase`. */
  readonly fields?: readonly string[]
}

/**
 * The body of an answer whose status is not 200: 400 (ACI_CONFIG: something in the request is missing or impossible), 404
 * (no such node is deployed), 413, 415, 422 (ACI_QUERY: the APIC refuses it), 502 (ACI_AUTH, ACI_TLS, ACI_UNREACHABLE,
 * ACI_PROTOCOL), 503 (ACI_CLOSED: the node was redeployed meanwhile), 504 (ACI_TIMEOUT).
 */
export interface RouteFailure {
  readonly error: RouteError
}

// --- POST aci-apic/test

/**
 * Tests settings before they are deployed. This is the one route that takes them from the client; values are as in the
 * dialog, `${ENV}` included (which needs the permission `flows.write` as well: who may deploy could read them anyway).
 */
export interface TestRequest {
  /** Of the node, where it is deployed. */
  readonly id?: string
  /** False: no credentials are needed and none are sent; the login domains are listed instead of logging in. */
  readonly login?: boolean
  readonly controllers: string | readonly string[]
  readonly auth?: string
  readonly domain?: string
  /** Id of a tls-config node, empty for none. Only deployed ones can be used, and as they are deployed. */
  readonly tls?: string
  /** SHA-256 of certificates that are trusted, and whether old TLS is allowed. */
  readonly fingerprint?: string
  readonly legacyTls?: boolean
  /** Seconds; a test waits for no request longer than 15. */
  readonly requestTimeout?: string | number
  /**
   * A secret that is absent, or as the editor shows one that it does not know (`__PWRD__`), is the deployed one. That is
   * used only while controllers, tls, fingerprint, legacyTls, auth, domain, username and certificateName are the deployed
   * ones, whatever the order of the controllers; else the answer is 400 with the `fields` that have to be typed again.
   */
  readonly credentials?: {
    readonly username?: string
    readonly password?: string
    readonly certificateName?: string
    readonly privateKey?: string
    readonly passphrase?: string
  }
}

/** 200, however the test went. It takes half a minute at most. */
export interface TestAnswer {
  /** At least one controller is good. */
  readonly isGood: boolean
  /** In the order of the settings, each one once. */
  readonly controllers: readonly ControllerAnswer[]
  /** False: the controllers are of different fabrics, which cannot be meant. Null where that is unknown. */
  readonly isOneFabric: boolean | null
  /** Without login: names of the login domains, sorted. */
  readonly domains: readonly string[]
}

export interface ControllerAnswer {
  /** Base URL. */
  readonly controller: string
  /** No step failed or was skipped. */
  readonly isGood: boolean
  /** Of the APIC, such as `6.0(9c)`; null where it is not known. */
  readonly version: string | null
  /** Always reach and certificate; then login and socket, or without login domains. */
  readonly steps: readonly TestStep[]
}

export interface TestStep {
  readonly step: 'reach' | 'certificate' | 'login' | 'socket' | 'domains'
  /**
   * `warning`, of a certificate alone: nothing is encrypted (there is no `certificate` then), or it is not trusted and the
   * TLS configuration says not to verify. `skipped`: a step before it failed, or there is an `error` that says why.
   */
  readonly outcome: 'good' | 'warning' | 'failed' | 'skipped'
  /** How long it took, whole ms; null where it was not tried. */
  readonly ms: number | null
  readonly error?: RouteError
  readonly certificate?: CertificateAnswer
  /** Why the certificate is not trusted: a kind of trouble, whose text is in the locale catalogue. */
  readonly distrust?: string
  /** Old TLS is allowed. */
  readonly isLegacy?: true
  /** The login was refused, now or before: seconds until the same may be tried again, so that no account is locked. */
  readonly waitSeconds?: number
}

/** A controller's certificate as a person compares it. */
export interface CertificateAnswer {
  /** `CN=apic1, O=Example` */
  readonly subject: string
  readonly issuer: string
  readonly isSelfSigned: boolean
  /** `DNS:apic1.example.com`, `IP Address:192.0.2.1` */
  readonly names: readonly string[]
  /** `3F:9A:…` */
  readonly sha256: string
  /** ISO 8601, UTC; empty where it cannot be read. */
  readonly validFrom: string
  readonly validTo: string
}

// --- GET aci-apic/:id/domains

/** The login domains that a deployed node's controllers offer, sorted. No credentials are sent. */
export interface DomainsAnswer {
  readonly domains: readonly string[]
}

// --- GET aci-apic/:id/children?dn=&filter=&class=&page=&size=&reload=

/**
 * What is right below an object. `dn`: empty for the roots. `filter`: only objects in whose name, alias, description, RN or
 * class the text occurs, in whatever case. `class`: only objects of that class. `page`: from 0. `size`: of a page, 1 to
 * 200, else 100. `reload=true`: asks the APIC although it was asked the same less than 15 seconds ago.
 */
export interface ChildrenAnswer {
  readonly dn: string
  /** Whether the object itself exists, as far as the account may see. */
  readonly exists: boolean
  /** Of this page; sorted by class, then by name, numbers in it by value. */
  readonly objects: readonly ChildAnswer[]
  /** Objects that pass the filter, on all pages. */
  readonly total: number
  readonly page: number
  readonly size: number
  /** There are more than 5,000 children, and only that many are looked at: choose a class, or type the DN. */
  readonly isCut: boolean
}

export interface ChildAnswer {
  readonly dn: string
  readonly rn: string
  readonly class: string
  /** Empty where it has none: then show the RN. */
  readonly name: string
  /** Alias and description, shortened. */
  readonly descr: string
}

// --- POST aci-apic/:id/preview

/**
 * Runs what aci-subscribe would watch or aci-query would read once. Property names and values are those of the two nodes;
 * others are of no matter. `${ENV}` as in a TestRequest.
 */
export interface PreviewRequest {
  /** Of the aci-subscribe or aci-query node, where it is deployed: it knows the variables of its flow. */
  readonly id?: string
  readonly target?: string
  readonly classes?: string | readonly string[]
  readonly dn?: string
  readonly scope?: string
  readonly subtreeClasses?: string | readonly string[]
  readonly filter?: string
  readonly children?: string
  readonly childClasses?: string | readonly string[]
  readonly include?: string | readonly string[]
  readonly properties?: string
  readonly orderBy?: string | readonly string[]
}

/** 200 also where the APIC refuses some of the requests, or all: each has its own outcome. */
export interface PreviewAnswer {
  /** One for each class. */
  readonly requests: readonly PreviewedRequest[]
  /** Matching objects, of all requests that were answered. */
  readonly total: number
  /** The first ones of each request, at most 20 in all. */
  readonly objects: readonly PreviewedObject[]
}

export interface PreviewedRequest {
  /** Path and parameters as they were sent. */
  readonly path: string
  /** The same, decoded. */
  readonly readable: string
  /** With the controller that was asked, for a browser or a script; null where none was. */
  readonly url: string | null
  /** Matching objects; null where the APIC refused it. */
  readonly total: number | null
  /** The APIC's refusal (ACI_QUERY), or that so few objects bring too much with them (ACI_PROTOCOL). */
  readonly error?: RouteError
}

export interface PreviewedObject {
  readonly class: string
  readonly dn: string
  /** Values of more than 500 characters are cut, and end with `…`. */
  readonly attributes: Readonly<Record<string, string>>
  /** Objects that came below it. */
  readonly children: number
}

// --- GET aci-apic/:id/meta/:class

/** What the APIC says of a class, as far as a dialog has a use for it. */
export type MetadataAnswer =
  | {
      /** The APIC has no such class, or does not describe it. */
      readonly known: false
      readonly class: string
    }
  | ({ readonly known: true } & ClassMetadata)

export interface ClassMetadata {
  readonly class: string
  /** `Tenant` */
  readonly label: string
  readonly isAbstract: boolean
  readonly isConfigurable: boolean
  /** Statistics: an APIC takes the subscription and never sends an event. */
  readonly isStat: boolean
  readonly isObservable: boolean
  /** `tn-{name}`; empty for abstract classes. */
  readonly rnFormat: string
  /** Naming properties. */
  readonly identifiedBy: readonly string[]
  /** Class names, sorted. */
  readonly contains: readonly string[]
  /** Class names of what an abstract class may be, sorted. */
  readonly kinds: readonly string[]
  /** Sorted by name. */
  readonly properties: readonly PropertyMetadata[]
}

export interface PropertyMetadata {
  readonly name: string
  /** In the APIC's words; the name where it has none. */
  readonly label: string
  /** How it is shown: `string`, `enum`, `bitmask`, `number`, `auto` and others. */
  readonly type: string
  /** A client may set it. */
  readonly isConfigurable: boolean
  readonly isNaming: boolean
  /** The values that it may have, as attributes show them; empty where any may come. */
  readonly options: readonly { readonly value: string; readonly label: string }[]
}

// --- GET aci-apic/:id/subscribers/:node/events?after=

/**
 * What an aci-subscribe node has sent lately. The first request makes it keep its newest 50 events; it stops half a minute
 * after the last one. `after`: the `cursor` of the answer before; empty at first.
 */
export interface EventsAnswer {
  /** Newer than the cursor, oldest first. */
  readonly events: readonly LiveEvent[]
  readonly cursor: string
  /** Events since the cursor that are not kept any more. */
  readonly missed: number
  /** The cursor is of no use any more, because the node was redeployed, or nobody asked for a while: this is a new view. */
  readonly isNew: boolean
}

export interface LiveEvent {
  readonly event: 'created' | 'modified' | 'deleted' | 'existing'
  readonly class: string
  readonly dn: string
  readonly origin: 'live' | 'recovered' | 'snapshot'
  /** ISO 8601, UTC. */
  readonly time: string
  /** Of a modification, at most 20; values of more than 200 characters are cut, and end with `…`. */
  readonly changes?: Readonly<Record<string, { readonly from: string; readonly to: string }>>
}

// --- GET aci-apic/:id/health

export interface ShownError {
  readonly code: string
  /** The APIC's own words where there are any. */
  readonly reason: string
}

/** Numbers of changes that were found by comparing. */
export interface RecoveredChanges {
  readonly created: number
  readonly modified: number
  readonly deleted: number
}

/** Times are ISO 8601 in UTC; what is not known, or is not so now, is null. */
export interface Health {
  readonly name: string
  readonly state: { readonly phase: string; readonly error?: ShownError }
  readonly controller: string | null
  readonly version: string | null
  readonly connectedSince: string | null
  /** How often the connection was made anew after a loss. */
  readonly reconnects: number
  /** Of all subscriptions. */
  readonly recovered: RecoveredChanges
  readonly outages: {
    readonly count: number
    /** `to` is null while it lasts. */
    readonly last: { readonly from: string; readonly to: string | null } | null
  }
  readonly subscriptions: readonly {
    readonly path: string
    readonly phase: string
    readonly error?: ShownError
    /** Number of objects; null where none are kept. */
    readonly known: number | null
    readonly lastEvent: string | null
    readonly lastRefresh: string | null
    readonly recovered: RecoveredChanges
  }[]
}
