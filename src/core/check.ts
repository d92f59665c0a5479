/** What a look at one part of an installation found. */
export interface Check {
  /** `bad` keeps something from working, `note` is worth knowing. */
  readonly state: 'good' | 'note' | 'bad';
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}
