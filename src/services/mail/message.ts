import { decodeText } from "../../bytes/mod.ts";

/** A mail as a script gives it: bytes of any kind. */
export interface Mail {
  readonly sender: Uint8Array;
  readonly subject: Uint8Array;
  readonly content: Uint8Array;
  readonly recipients: readonly Uint8Array[];
}

/** One mailbox: `name` may be empty. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** A mail that may be sent: nothing of one field can become another's. */
export interface Message {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly subject: string;
  readonly text: string;
}

/** Recipients of one mail. RFC 5321 §4.5.3.1.8 asks servers for 100 at least. */
const MAX_RECIPIENTS = 100;

/** Characters of a subject: what fits on 998 bytes of a line, with room for its encoding. */
const MAX_SUBJECT = 900;

/** Characters of a name and address; an address alone has at most 254 (RFC 5321 §4.5.3.1.3). */
const MAX_MAILBOX = 512;

/** Reads a script's mail. @throws Error that says which argument is wrong */
export function messageOf({ sender, subject, content, recipients }: Mail): Message {
  if (recipients.length === 0) throw new Error("a mail needs a recipient");
  if (recipients.length > MAX_RECIPIENTS) {
    throw new Error(`a mail has at most ${MAX_RECIPIENTS} recipients`);
  }
  const title = lineOf(subject, "the subject");
  if (title.length > MAX_SUBJECT) {
    throw new Error(`a subject has at most ${MAX_SUBJECT} characters`);
  }
  return {
    from: mailboxOf(sender, "the sender"),
    to: recipients.map((recipient) => mailboxOf(recipient, "a recipient")),
    subject: title,
    text: decodeText(content),
  };
}

/** A header is one line: a line break in it would begin another header. */
function lineOf(bytes: Uint8Array, what: string): string {
  const text = decodeText(bytes);
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if ((code < 32 && character !== "\t") || code === 127 || code === 0x2028 || code === 0x2029) {
      throw new Error(`${what} holds a line break or another control character`);
    }
  }
  return text;
}

/** `user@host`, `<user@host>` or `Name <user@host>`, where the name may be quoted. */
const MAILBOX =
  /^\s*(?:("(?:[^"\\]|\\.)*"|[^<>"(),;:@[\]\\]*)\s*<(?<inner>[^<>]+)>|(?<bare>[^<>]+))\s*$/;

const ADDRESS = /^[^\s<>,;:"()[\]\\@]+@[^\s<>,;:"()\\@]+$/;

/** Exactly one mailbox: a list would add recipients. */
function mailboxOf(bytes: Uint8Array, what: string): Mailbox {
  const text = lineOf(bytes, what);
  if (text.length > MAX_MAILBOX) throw new Error(`${what} has over ${MAX_MAILBOX} characters`);
  const found = MAILBOX.exec(text);
  const address = (found?.groups?.inner ?? found?.groups?.bare ?? "").trim();
  if (!ADDRESS.test(address)) throw new Error(`${what} is no mail address: '${text}'`);
  const name = (found?.[1] ?? "").trim();
  return { name: name.startsWith('"') ? name.slice(1, -1).replace(/\\(.)/g, "$1") : name, address };
}
