/** A guild or a workspace on a platform; in direct messages, `@` and the user. */
export interface ServerKey {
  readonly platform: string;
  readonly server: string;
}

export interface UserKey {
  readonly platform: string;
  readonly user: string;
}

/** A message on a platform. */
export interface MessageKey {
  readonly platform: string;
  readonly channel: string;
  readonly message: string;
}
