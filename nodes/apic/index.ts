// The client's public face: what the nodes, or any other program, may use.

export type { BackoffOptions, Random } from './backoff'
export { PasswordLogin, type Login } from './auth'
export type { Change, EventName, Origin } from './change'
export { AciError, toAciError, type ErrorCode, type Refusal } from './errors'
export { Fabric, type FabricOptions, type FabricState } from './fabric'
export { LoginGuard } from './login-guard'
export { looksLikeDn, pathOf, queriesOf, type Query, type Scope, type Target } from './query'
export type { MirrorMode, SubscriptionState } from './subscription'
export type { TlsOptions } from './transport'
export type { Place, Watch, WatchListener } from './watch'
export type { Attributes, Imdata } from './wire'
