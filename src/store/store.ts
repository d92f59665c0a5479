import type { Job, JobPatch, JobState, NewJob } from '../core/job.ts';
import type { MessageKey, ServerKey, UserKey } from '../core/keys.ts';
import type { PictureHash } from '../core/pictures.ts';

/** A past job in the words of quotas. */
export interface Spending {
  readonly user: string;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  readonly state: JobState;
  readonly painterMs: number;
  readonly estimateMs: number;
}

export interface JobStore {
  /**
   * Puts an accepted job on record; returns once it is on disk. A parent that has been erased meanwhile is left out.
   * Done again while the job waits as it was accepted, it changes nothing.
   *
   * @throws ImpastoError `already-exists` when the id is that of another job.
   */
  insert(job: NewJob): Promise<void>;
  get(id: string): Promise<Job | undefined>;
  /** Changes a job; an unknown one is left alone. */
  update(id: string, patch: JobPatch): Promise<void>;
  /** Changes a job from one of the given states only; false when it is in another, or unknown. */
  transition(id: string, from: readonly JobState[], patch: JobPatch): Promise<boolean>;
  /** Waiting and running jobs: the running ones first, then by time of acceptance. */
  unfinished(): Promise<Job[]>;
  /** Ended jobs whose requesters have not been told, without deleted ones; oldest first. */
  undelivered(): Promise<Job[]>;
  /** A user's jobs, newest first. */
  ofUser(key: UserKey, limit: number): Promise<Job[]>;
  /** Jobs of a server that were accepted or ended since a time, and all that wait or run; oldest first. */
  spending(key: ServerKey, since: number): Promise<Spending[]>;
  /** Painter time of jobs that ended since a time, on all servers: what a fair queue starts from. */
  painterTime(since: number): Promise<(ServerKey & UserKey & { finishedAt: number; painterMs: number })[]>;
  /**
   * Jobs that ended before a time and whose requesters know it, first ended first; without those of which a result is
   * noted as kept.
   */
  past(before: number, limit: number): Promise<Job[]>;
  /** Removes jobs of past(), with their messages' links, in one transaction; others among the ids stay. Says how many. */
  removePast(ids: readonly string[], before: number): Promise<number>;
}

/** What a message is to its job: it shows the progress, or the end, or a thread was opened on it. */
export type MessageRole = 'status' | 'result' | 'thread';

/** Which job a message shows, so that its buttons and reactions work after a restart. */
export interface MessageStore {
  /**
   * Links a message, or links it to another job than before; nothing happens when the job has been erased.
   *
   * @param patch - what changes about the job with it, in the same transaction.
   */
  link(
    message: MessageKey,
    jobId: string,
    role: MessageRole,
    patch?: Pick<JobPatch, 'thread' | 'statusMessage' | 'deliveredAt'>,
  ): Promise<void>;
  find(message: MessageKey): Promise<{ jobId: string; role: MessageRole } | undefined>;
  ofJob(jobId: string): Promise<(MessageKey & { role: MessageRole })[]>;
}

/** A change by an admin. */
export interface AuditEntry extends ServerKey, UserKey {
  readonly at: number;
  /** Such as `limits set maxSize`. */
  readonly action: string;
  /** JSON of the value before and after; null where there was, or is, none. */
  readonly before: string | null;
  readonly after: string | null;
}

/** A server's own limits, kept as they were set: what a value means is not the store's affair. */
export interface ServerStore {
  /** Empty where none were set. */
  limits(key: ServerKey): Promise<Record<string, unknown>>;
  /** Replaces the limits and writes the audit log in one transaction. */
  setLimits(limits: Record<string, unknown>, entry: AuditEntry): Promise<void>;
  /** Newest first. */
  audit(key: ServerKey, limit: number): Promise<AuditEntry[]>;
  /** Removes entries from before a time, so many at most, and says how many. */
  removeAudit(before: number, limit: number): Promise<number>;
  /** Notes since when the bot is no longer in a server; a second time changes nothing. */
  setLeft(key: ServerKey, at: number): Promise<void>;
  /**
   * Notes that of a platform's servers that `among` is true for, the bot is in exactly these: others that something is
   * kept of count as left from now on, those left before that are in the list do so no longer. Direct messages are no
   * servers.
   */
  setPresent(
    platform: string,
    servers: readonly string[],
    now: number,
    among: (server: string) => boolean,
  ): Promise<void>;
  /** Servers that were left before a time. */
  leftBefore(time: number): Promise<ServerKey[]>;
}

/** A style that a server saved under a name. */
export interface SavedStyle extends ServerKey {
  readonly name: string;
  readonly hash: PictureHash;
  /** Who saved it. */
  readonly user: string;
  readonly createdAt: number;
}

export interface StyleStore {
  /** By name. */
  list(key: ServerKey): Promise<SavedStyle[]>;
  get(key: ServerKey, name: string): Promise<SavedStyle | undefined>;
  /** @throws ImpastoError `already-exists` when the server has a style of this name. */
  save(style: SavedStyle): Promise<void>;
  /** False when there was none. */
  remove(key: ServerKey, name: string): Promise<boolean>;
}

/** Who has a picture kept, and where it was sent. */
export interface PictureOwner extends ServerKey, UserKey {}

/** Pictures that count together: one person's on all servers of a platform, or those of one server. */
export type Share = ServerKey | UserKey;

/** A picture that somebody had kept. */
export interface KeptPicture extends PictureOwner {
  readonly hash: PictureHash;
  readonly bytes: number;
}

/** Notes of who had which picture kept. One is used whenever it is kept or a job is accepted that is painted from it. */
export interface KeptPictureStore {
  /**
   * Notes that a picture was kept for somebody, for the first time or again.
   *
   * @param usedAt - when it was last used; `at` by default.
   */
  add(picture: KeptPicture, at: number, usedAt?: number): Promise<void>;
  /** Whether a picture was kept for this person on this server. */
  has(owner: PictureOwner, hash: PictureHash): Promise<boolean>;
  /** Whether a picture was kept for anybody outside a share. */
  hasOthers(share: Share, hash: PictureHash): Promise<boolean>;
  /** Whether a picture was used since a time by anybody who had it kept. */
  usedSince(hash: PictureHash, time: number): Promise<boolean>;
  /** Bytes of a share's pictures, each counted once, but for one picture. */
  bytes(share: Share, but: PictureHash): Promise<number>;
  /** Bytes of pictures that were kept since a time, for everybody who had them kept. */
  addedSince(time: number): Promise<number>;
  /** A share's pictures that were last used before a time and are not in use; those unused for longest first. */
  leastUsed(share: Share, before: number, limit: number): Promise<Pick<KeptPicture, 'hash' | 'bytes'>[]>;
  /** Forgets that pictures were kept, for everybody or for some. */
  forget(hashes: readonly PictureHash[], of?: Share | PictureOwner): Promise<void>;
  /** Forgets pictures that were last used before a time. */
  forgetUnused(before: number): Promise<void>;
}

export interface PreferenceStore {
  /** Empty where none were set. */
  get(key: UserKey): Promise<Record<string, unknown>>;
  /** Replaces them; empty preferences are removed. */
  set(key: UserKey, preferences: Record<string, unknown>): Promise<void>;
}

/** Figures that are measured over the life of an instance, by name. */
export interface MeasurementStore {
  get(name: string): Promise<number | undefined>;
  set(name: string, value: number): Promise<void>;
}

/** What was erased of a user, or of a server. */
export interface Erased {
  readonly jobs: number;
  readonly styles: number;
  /** How many preferences were set; a server has none. */
  readonly preferences: number;
  /** Messages of the jobs, for whoever wants to remove them from the platform. */
  readonly messages: readonly (MessageKey & { readonly role: MessageRole })[];
  /** Pictures that nothing refers to any longer; the caller removes their files. */
  readonly pictures: readonly PictureHash[];
}

/**
 * What the bot remembers. Every method returns once its change is on disk; a method throws ImpastoError `store-failed`
 * when the database does, `disk-full` when that has no room left.
 */
export interface Store {
  readonly jobs: JobStore;
  readonly messages: MessageStore;
  readonly servers: ServerStore;
  readonly styles: StyleStore;
  readonly keptPictures: KeptPictureStore;
  readonly preferences: PreferenceStore;
  readonly measurements: MeasurementStore;
  /**
   * Erases a user's ended jobs, their messages' links, saved styles, preferences and notes of kept pictures in one
   * transaction. Jobs that were derived from an erased one go on without a parent; the audit log keeps its entries, whose user becomes `erased`.
   */
  eraseUser(key: UserKey): Promise<Erased>;
  /** Erases what is kept of a server, but for its unfinished jobs, in one transaction. */
  eraseServer(key: ServerKey): Promise<Erased>;
  /** Whether a picture must not be removed: one of an unfinished() or undelivered() job, or of a saved style. */
  isInUse(hash: PictureHash): Promise<boolean>;
  /** Whether any job that is not deleted, or any saved style, refers to a picture. */
  isReferenced(hash: PictureHash): Promise<boolean>;
  close(): Promise<void>;
}
