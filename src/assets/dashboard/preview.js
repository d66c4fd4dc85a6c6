/** A stream's picture in the page, fetched from the admin port with the token. */
import { useEffect, useRef, useState } from "preact/hooks";
import { preview } from "./api.js";
import { html } from "./html.js";

/** Plays while it is shown: it costs the server what one player costs. */
export function Preview({ name, hasVideo, hasAudio }) {
  const [isOn, setIsOn] = useState(false);
  const [trouble, setTrouble] = useState("");
  const video = useRef();
  useEffect(() => {
    if (!isOn) return;
    setTrouble("");
    const { mpegts } = globalThis;
    if (!mpegts?.isSupported()) {
      setTrouble("This browser has no Media Source Extensions to play it with.");
      return;
    }
    const { url, headers } = preview(name);
    const player = mpegts.createPlayer(
      { type: "flv", url: new URL(url, location.href).href, isLive: true, hasAudio, hasVideo },
      { enableWorker: false, liveBufferLatencyChasing: true, headers },
    );
    player.on(mpegts.Events.ERROR, (type, detail) => {
      player.destroy();
      setTrouble(
        type === mpegts.ErrorTypes.NETWORK_ERROR
          ? "The stream broke off."
          : `This browser cannot play it (${detail}).`,
      );
    });
    player.attachMediaElement(video.current);
    player.load();
    player.play()?.catch(() => {});
    return () => player.destroy();
  }, [isOn, name, hasAudio, hasVideo]);
  return html`<div class=${`preview ${isOn && !trouble ? "" : "idle"}`}>
    <video ref=${video} muted playsinline controls=${isOn} aria-label=${`Preview of the stream`}></video>
    ${(!isOn || trouble) && html`<div class="curtain">
      ${trouble && html`<p role="status">${trouble}</p>`}
      <button type="button" class="primary" onClick=${() => (setIsOn(false),
        setTimeout(() => setIsOn(true)))}>
        ${trouble ? "Try again" : hasVideo ? "Show the picture" : "Listen"}
      </button>
    </div>`}
  </div>`;
}
