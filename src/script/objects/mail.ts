import type { Mailer } from "../../services/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, type Definition, event } from "../lua/definition.ts";
import { Holder } from "./holder.ts";

/** A mail on its way. */
export class ScriptMail {
  isActive = true;

  /** Its application stopped: the mail is still sent, but `onSent` is not called. */
  close(): void {
    this.isActive = false;
  }
}

/** What `mona:sendMail(sender, subject, content, recipient...)` returns. */
export const mail: Definition<ScriptMail> = define<ScriptMail>({
  name: "mail",
  type: ScriptMail,
  isAlive: (mail) => mail.isActive,
  members: {
    onSent: event(),
  },
});

/** `mona:sendMail(sender, subject, content, recipient...)`: the result comes with its `onSent`. */
export function sendMail(host: Host, mailer: Mailer, args: Arguments): ScriptMail {
  const mail = new ScriptMail();
  const holder = new Holder(host, mail);
  const finish = (error?: unknown): void => {
    if (!mail.isActive) return;
    const reason = error instanceof Error ? error.message : undefined;
    host.call(holder.application, mail, "onSent", reason === undefined ? [] : [reason]);
    mail.isActive = false;
    holder.update();
  };
  const recipients = Array.from({ length: Math.max(0, args.count - 3) }, (_, i) => {
    return args.bytes(i + 4);
  });
  const [sender, subject, content] = [args.bytes(1), args.bytes(2), args.bytes(3)];
  mailer.send({ sender, subject, content, recipients }).then(() => finish(), finish);
  holder.update();
  return mail;
}
