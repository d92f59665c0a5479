import type { ColumnType } from 'kysely';
import type { Job, JobState, Lane } from '../../core/job.ts';
import type { MessageRole } from '../store.ts';

/** A 64-bit integer, here a number of bytes or a time in milliseconds since 1970: PostgreSQL's driver reads it as a string. */
type Int64 = ColumnType<number | string, number, number>;
type NullableInt64 = ColumnType<number | string | null, number | null, number | null>;

/** JSON as text, so that every database keeps it as it was written. */
type Json = string;

export interface JobTable {
  id: string;
  kind: Job['kind'];
  parent_id: string | null;
  change: string | null;
  platform: string;
  server_id: string;
  channel_id: string;
  thread_id: string | null;
  user_id: string;
  user_name: string;
  options: Json;
  content: string;
  styles: Json;
  mask: string | null;
  init: string | null;
  lane: Lane;
  max_concurrent: number;
  estimate_ms: number;
  notices: Json;
  state: JobState;
  created_at: Int64;
  /** Rises with every job: the order of acceptance among jobs of one millisecond; those of one moment may share it. */
  sequence: Int64;
  started_at: NullableInt64;
  finished_at: NullableInt64;
  painter_ms: number;
  result: Json | null;
  failure: Json | null;
  status_message: Json | null;
  delivered_at: NullableInt64;
  deleted_at: NullableInt64;
}

/** Which pictures a job's row refers to. */
export interface JobPictureTable {
  job_id: string;
  /** What it was painted from, or what came of it. */
  role: 'source' | 'result';
  hash: string;
}

export interface MessageTable {
  platform: string;
  channel_id: string;
  message_id: string;
  job_id: string;
  role: MessageRole;
}

export interface LimitTable {
  platform: string;
  server_id: string;
  limits: Json;
}

/** Servers that the bot is no longer in. */
export interface DepartureTable {
  platform: string;
  server_id: string;
  left_at: Int64;
}

export interface AuditTable {
  platform: string;
  server_id: string;
  user_id: string;
  at: Int64;
  /** Rises with every entry of a server: the order of entries of one millisecond. */
  sequence: Int64;
  action: string;
  before: Json | null;
  after: Json | null;
}

export interface StyleTable {
  platform: string;
  server_id: string;
  name: string;
  hash: string;
  user_id: string;
  created_at: Int64;
}

/** Which pictures somebody had kept. */
export interface KeptPictureTable {
  platform: string;
  server_id: string;
  user_id: string;
  hash: string;
  bytes: Int64;
  /** The last time. */
  kept_at: Int64;
  /** Kept, or asked for in a job, the last time. */
  used_at: Int64;
}

export interface PreferenceTable {
  platform: string;
  user_id: string;
  preferences: Json;
}

export interface MeasurementTable {
  name: string;
  value: number;
}

/** The tables that the newest migration leaves. */
export interface Schema {
  jobs: JobTable;
  job_pictures: JobPictureTable;
  messages: MessageTable;
  limits: LimitTable;
  departures: DepartureTable;
  audit: AuditTable;
  styles: StyleTable;
  kept_pictures: KeptPictureTable;
  preferences: PreferenceTable;
  measurements: MeasurementTable;
}
