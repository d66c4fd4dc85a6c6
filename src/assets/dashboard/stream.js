/** One stream: its picture, its curves, who publishes and who watches. */
import { useState } from "preact/hooks";
import { act, part, withQuery } from "./api.js";
import { Curve } from "./curve.js";
import {
  bitRate,
  byteSize,
  count,
  duration,
  missed,
  perSecond,
  several,
  shortened,
  timeOf,
} from "./format.js";
import { html } from "./html.js";
import { attempt, link, useHistory, usePolled } from "./hooks.js";
import { Badge, Button, Card, Facts, Name, Pager, Question, Table, Waiting } from "./parts.js";
import { Preview } from "./preview.js";
import { Source } from "./streams.js";
import { listenerVerdict, streamVerdict } from "./verdict.js";
import { BanQuestion, KickQuestion, Who } from "./who.js";

const SIZE = 50;

export function Stream({ name }) {
  const path = `/publications/${part(name)}`;
  const { data: stream, error } = usePolled(path);
  const history = useHistory(`${path}/history`);
  const { data: slow } = usePolled(
    withQuery("/listeners", { publication: name, sort: "dropped", size: 5 }),
    3000,
  );
  const [question, setQuestion] = useState("");
  const title = html`
    <p class="crumbs"><a href=${link("streams")}>Streams</a></p>
    <h1>
      <${Name} text=${name} />
    </h1>
  `;
  if (stream === undefined) {
    const text = error?.status === 404
      ? { message: "This stream is not live now. When it is, it is shown here." }
      : error;
    return html`${title}<${Waiting} error=${text} /><${Watchers} name=${name} streamRate=${0} />`;
  }
  const { video, audio, publisher } = stream;
  const verdict = streamVerdict(stream, slow?.items);
  const close = () => setQuestion("");
  return html`
    ${title}
    <p class=${`verdict ${verdict ? "warn" : "good"}`} role="status">
      <${Badge} tone=${verdict ? "warn" : "good"}>${verdict
        ? `the ${verdict.cause}'s fault`
        : "all is well"}<//>
      ${verdict ? verdict.text : wellText(stream)}
    </p>
    <div class="columns">
      <${Card} title="Now" aside=${html`
        <div class="filters">
          <${Button} onPress=${() => setQuestion("stop")}>Stop<//>
          ${publisher &&
            html`<${Button} onPress=${() => setQuestion("ban")}>Ban its publisher<//>`}
        </div>
      `}>
        <${Preview} key=${name} name=${name} hasVideo=${video !== null} 
          hasAudio=${audio !== null} />
        <${Facts} of=${factsOf(stream)} />
      <//>
      ${history && html`
        <${Card} title="The last hour">
          <${Curve} title="Bit rate" history=${history} format=${bitRate} sync="stream"
            lines=${[
              { key: "video", title: "Picture", color: "one" },
              { key: "audio", title: "Sound", color: "two" },
            ]} />
          <${Curve} title="Frames per second" history=${history} format=${perSecond} sync="stream"
            lines=${[
              { key: "frameRate", title: "From the publisher", color: "three" },
              { key: "dropped", title: "Missed by players", color: "four" },
            ]} />
          <${Curve} title="Players" history=${history} format=${count} sync="stream"
            lines=${[
              { key: "listeners", title: "Players", color: "one" },
            ]} />
        <//>
      `}
    </div>
    <${Watchers} name=${name} streamRate=${stream.rate} />
    ${question === "stop" && html`<${StopQuestion} path=${path} name=${name} onClose=${close} />`}
    ${question === "ban" && html`<${BanQuestion} address=${publisher.address} onClose=${close} />`}
  `;
}

function wellText({ dropped: { frames } }) {
  if (frames === 0) return "Its publisher is in time, and every player gets every frame.";
  return "Its publisher is in time, and its players keep up now; those who did not missed " +
    `${several(frames, "frame")} before.`;
}

function factsOf(stream) {
  const { video, audio, data, listeners, taps, dropped, faults, startedAt } = stream;
  return [
    ["From", html`<${Source} stream=${stream} />`],
    ["Since", `${timeOf(startedAt)} (${duration(Date.now() - startedAt)})`],
    [
      "Picture",
      video === null
        ? "none"
        : `${shortened(video.codec, 40)}${video.width ? `, ${video.width}×${video.height}` : ""}, ${perSecond(video.frameRate)} frames/s, ` +
          `${bitRate(video.rate)}`,
    ],
    ["Key frames", video?.keyInterval > 0 ? `every ${duration(video.keyInterval)}` : undefined],
    [
      "Sound",
      audio === null ? "none" : [
        shortened(audio.codec, 40),
        audio.sampleRate && `${audio.sampleRate / 1000} kHz`,
        audio.channels &&
        (audio.channels === 1
          ? "mono"
          : audio.channels === 2
          ? "stereo"
          : `${audio.channels} channels`),
        bitRate(audio.rate),
      ].filter(Boolean).join(", "),
    ],
    ["Data", data.bytes > 0 ? `${bitRate(data.rate)}, ${byteSize(data.bytes)}` : undefined],
    [
      "Players",
      `${count(listeners.total)}${taps > 0 ? `, and ${taps} of the server's own (edges, relays, recordings, HLS)` : ""}`,
    ],
    ["Missed frames", `${count(dropped.frames)} by all players, ${perSecond(dropped.rate)}/s now`],
    [
      "Lost from publisher",
      video?.lost || audio?.lost
        ? `${count((video?.lost ?? 0) + (audio?.lost ?? 0))} packets`
        : undefined,
    ],
    [
      "Faults",
      faults.length === 0
        ? undefined
        : html`<ul>${faults.map((fault) => html`<li>${shortened(fault, 300)}</li>`)}</ul>`,
    ],
  ];
}

function StopQuestion({ path, name, onClose }) {
  return html`
    <${Question} title="Stop this stream?" verb="Stop"
      text="Its players wait; its publisher may begin again at once."
      fields=${[{ name: "words", label: "What the publisher is told (optional)", maxlength: 200 }]}
      onClose=${onClose}
      onDone=${(body) =>
        attempt(() => act(`${path}/stop`, body), `${shortened(name, 60)} was stopped.`)} />
  `;
}

/** Who watches, the slowest first. */
function Watchers({ name, streamRate }) {
  const [sort, setSort] = useState("dropped");
  const [page, setPage] = useState(0);
  const [kicked, setKicked] = useState();
  const { data, error, reload } = usePolled(
    withQuery("/listeners", { publication: name, sort, page, size: SIZE }),
  );
  const columns = [
    {
      key: "who",
      title: "Player",
      isWide: true,
      cell: ({ client }) => html`<${Who} client=${client} />`,
    },
    { key: "rate", title: "Gets", sort: "rate", isNumber: true, cell: ({ rate }) => bitRate(rate) },
    {
      key: "delay",
      title: "Behind",
      sort: "delay",
      isNumber: true,
      cell: ({ delay }) => duration(delay),
    },
    {
      key: "backlog",
      title: "Waits for it",
      sort: "backlog",
      isNumber: true,
      cell: ({ backlog }) => byteSize(backlog),
    },
    {
      key: "dropped",
      title: "Missed frames",
      sort: "dropped",
      isNumber: true,
      cell: ({ dropped, droppedRate }) => missed(droppedRate, dropped),
    },
    {
      key: "since",
      title: "For",
      sort: "since",
      isNumber: true,
      cell: ({ startedAt }) => duration(Date.now() - startedAt),
    },
    {
      key: "verdict",
      title: "State",
      isWide: true,
      cell: (listener) => {
        const verdict = listenerVerdict(listener, streamRate);
        if (listener.isPaused) return html`<${Badge}>paused<//>`;
        if (verdict === undefined) return html`<${Badge} tone="good">well<//>`;
        return html`<span><${Badge} tone="warn">${verdict.cause}<//> <span class="faint">${verdict.text}</span></span>`;
      },
    },
    {
      key: "acts",
      title: "",
      cell: ({ client }) =>
        html`
          <button type="button" class="small" aria-label=${`Kick ${client.address}`}
            onClick=${() => setKicked(client)}>Kick</button>
        `,
    },
  ];
  return html`<${Card} title="Who watches">
    ${data === undefined ? html`<${Waiting} error=${error} />` : html`
      <${Table} label="Players of this stream" columns=${columns} rows=${data.items} keyOf=${({ id }) => id}
        sort=${sort} onSort=${(sort) => (setSort(sort), setPage(0))}>No players.<//>
      <${Pager} total=${data.total} page=${page} size=${SIZE} onPage=${setPage} />
    `}
    ${kicked && html`<${KickQuestion} client=${kicked} 
      onClose=${() => setKicked(undefined)} onDone=${reload} />`}
  <//>`;
}
