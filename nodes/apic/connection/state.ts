// What can be said of a fabric's connection at any moment.

import type { AciError } from '../common/errors'

export type FabricState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly step: 'connecting' | 'login' | 'socket'; readonly controller: string }
  | { readonly phase: 'up'; readonly controller: string; readonly version: string; readonly since: number }
  | { readonly phase: 'lost'; readonly error: AciError; readonly since: number }
  /** Trying again soon is of no use: the login is refused. */
  | { readonly phase: 'refused'; readonly error: AciError }
  | { readonly phase: 'closed' }
