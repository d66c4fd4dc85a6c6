import { ByteWriter, encodeText, isUtf8 } from "../../bytes/mod.ts";
import { type DataReader, JsonWriter, ValueReader } from "../../codecs/mod.ts";
import type { FlowWriter, Invocation } from "../../hub/mod.ts";
import type { ByteOutput } from "../../net/mod.ts";
import { CloseCode, frame, frameInPlace, MAX_HEADER, Opcode } from "./wire/frame.ts";

/** What a script, and the session itself, sends on one socket. */
export class SocketWriter implements FlowWriter {
  reliable = true;
  /** Undefined until the socket is open: frames wait. */
  #output: Pick<ByteOutput, "send"> | undefined;
  #waiting: Uint8Array[] = [];
  /** The client's main writer; undefined in that one itself. */
  readonly #main: SocketWriter | undefined;
  readonly #onClose: (code: number) => void;
  #isClosed = false;

  /** @param onClose told that the socket is to be closed, by the main writer only */
  constructor(onClose: (code: number) => void, main?: SocketWriter) {
    this.#onClose = onClose;
    this.#main = main;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#main?.isClosed === true;
  }

  /** The socket is open: sends what waited for it. */
  open(output: Pick<ByteOutput, "send">): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#output = output;
    for (const bytes of waiting) output.send(bytes);
  }

  /** The socket is closing: nothing is sent any more. */
  end(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  /** Sends one whole frame. */
  send(opcode: Opcode, payload: Uint8Array): void {
    this.#sendFrame(frame(opcode, payload));
  }

  #sendFrame(bytes: Uint8Array): void {
    if (this.isClosed) return;
    if (this.#main !== undefined) return this.#main.#sendFrame(bytes);
    if (this.#output === undefined) this.#waiting.push(bytes);
    else this.#output.send(bytes);
  }

  /** Sends a JSON array of `name`, when there is one, and all values of `args`. */
  sendJson(name: string | undefined, args: DataReader): void {
    this.#sendFrame(jsonFrame(name, args));
  }

  /** Sends a text frame; a frame of text must be UTF-8, whatever a script put into it. */
  sendText(text: Uint8Array): void {
    this.send(Opcode.text, wellFormed(text));
  }

  /** Sends a status event: `code` in full, such as `NetStream.Publish.BadName`. */
  sendStatus(code: string, description: string): void {
    const level = /(Failed|Rejected|BadName|BadVersion|InvalidApp|Error)$/.test(code)
      ? "error"
      : "status";
    this.sendJson("onStatus", new ValueReader([{ level, code, description }]));
  }

  writeInvocation(name: string, args: DataReader): void {
    this.sendJson(name, args);
  }

  writeShared(invocation: Invocation): void {
    this.#sendFrame(invocation.encoded("websocket", frameOf));
  }

  writeMessage(args: DataReader): void {
    this.sendJson(undefined, args);
  }

  writeRaw(_values: DataReader, bytes: () => Uint8Array): void {
    this.send(Opcode.binary, bytes());
  }

  writeStatus(code: string, description: string): void {
    this.sendStatus(`NetConnection.${code}`, description);
  }

  flush(): void {}

  newFlowWriter(): FlowWriter {
    return new SocketWriter(() => {}, this.#main ?? this);
  }

  close(): void {
    if (this.isClosed) return;
    if (this.#main === undefined) this.#onClose(CloseCode.normal);
    this.end();
  }
}

function frameOf(invocation: Invocation): Uint8Array {
  return jsonFrame(invocation.name, invocation.args());
}

/** A frame with a JSON array of `name`, when there is one, and all values of `args`. */
function jsonFrame(name: string | undefined, args: DataReader): Uint8Array {
  const out = ByteWriter.brief(256);
  out.reserve(MAX_HEADER);
  const writer = new JsonWriter(out);
  if (name !== undefined) {
    const text = bytesOfName(name);
    writer.string(text, 0, text.length);
  }
  args.read(writer);
  const bytes = writer.take();
  const text = bytes.subarray(MAX_HEADER);
  return isUtf8(text) ? frameInPlace(Opcode.text, bytes) : frame(Opcode.text, wellFormed(text));
}

/** The name of the last invocation: a script that tells many clients the same says it each time. */
let lastName = "";
let lastBytes = encodeText(lastName);

function bytesOfName(name: string): Uint8Array {
  if (name !== lastName) lastBytes = encodeText(lastName = name);
  return lastBytes;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes as they are when they are UTF-8, else with U+FFFD where they are not. */
function wellFormed(text: Uint8Array): Uint8Array {
  return isUtf8(text) ? text : encodeText(lenient.decode(text));
}
