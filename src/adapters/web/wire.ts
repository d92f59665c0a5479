/** What goes between the studio and its page, as JSON. Times are milliseconds since 1970. */

/** A picture in a message. */
export interface WirePicture {
  /** Below the studio's address. */
  readonly url: string;
  readonly name: string;
  readonly alt: string;
}

export interface WireButton {
  readonly action: string;
  readonly emoji: string;
  readonly label: string;
  readonly jobId: string;
  /** Opens a form. */
  readonly form?: true;
}

/** A message as one person sees it. */
export interface WireMessage {
  readonly id: string;
  /** The thread that it is in; null in the room, and for what is written to one person. */
  readonly thread: string | null;
  /** Only for the person who receives it. */
  readonly private: boolean;
  readonly text: string;
  /** Id of the person whom it calls. */
  readonly mention: string | null;
  readonly picture: WirePicture | null;
  readonly buttons: readonly WireButton[];
  /** Share that is painted of a job that is under way; null in every other message. */
  readonly progress: number | null;
  /** Names of the people whom the text and the mention name, by id. */
  readonly names: Readonly<Record<string, string>>;
  readonly at: number;
  readonly revision: number;
  /** The message is gone; everything else about it is empty. */
  readonly removed?: true;
}

/** A request's thread. */
export interface WireThread {
  readonly id: string;
  readonly title: string;
  /** Whose request it is. */
  readonly person: string;
  readonly personName: string;
  /** What it is painted from, where that is known. */
  readonly photograph: string | null;
  readonly style: string | null;
  readonly at: number;
  readonly revision: number;
  readonly removed?: true;
}

/** What is new since a revision. */
export interface WireUpdate {
  readonly revision: number;
  readonly threads: readonly WireThread[];
  readonly messages: readonly WireMessage[];
}

/** Somebody in the studio: one tab of a browser. */
export interface WirePerson {
  readonly id: string;
  readonly name: string;
  /** Acts as an admin. */
  readonly admin: boolean;
  /** Roles that the person took on, to try limits of roles. */
  readonly roles: readonly string[];
}

/** An error as the page shows it. */
export interface WireRefusal {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}
