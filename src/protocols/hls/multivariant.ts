import type { Mp4Track } from "../../media/mod.ts";
import { names, seconds } from "./playlist.ts";
import type { Rendition } from "./rendition.ts";
import { VERSION } from "./params.ts";

const AUDIO_GROUP = "audio";
/** What is told of a stream of which nothing was measured yet, in bits a second. */
const UNKNOWN_RATE = 1_000_000;

/**
 * The Multivariant Playlist (§4.4.6): each rendition with pictures is a variant, and sounds beside
 * the first are renditions of each.
 * @param folder where the playlists are, with its slash
 * @param frameRates pictures in a second of a rendition, where that is known
 */
export function multivariantPlaylist(
  renditions: readonly Rendition[],
  folder: string,
  frameRates: ReadonlyMap<Rendition, number>,
): string {
  const lines = ["#EXTM3U", `#EXT-X-VERSION:${VERSION}`];
  const [first] = renditions;
  const sounds = renditions.filter((each) => each !== first && videoOf(each) === undefined);
  if (sounds.length > 0) {
    // The first sound is in the variants themselves: it has no playlist of its own.
    const own = first?.tracks.find(({ kind }) => kind === "audio");
    if (own !== undefined) lines.push(soundLine(own, 1, undefined));
    for (const [index, sound] of sounds.entries()) {
      const [track] = sound.tracks;
      if (track === undefined) continue;
      lines.push(soundLine(track, index + 2, `${folder}${names.playlist(sound.name)}`));
    }
  }
  const codecsOfSounds = sounds.flatMap(({ tracks }) => tracks);
  for (const variant of renditions.filter((each) => !sounds.includes(each))) {
    const { peak, average } = variant.rates;
    const video = videoOf(variant);
    const codecs = new Set([...variant.tracks, ...codecsOfSounds].map(({ codec }) => codec));
    const attributes = [
      `BANDWIDTH=${peak || UNKNOWN_RATE}`,
      ...(average > 0 ? [`AVERAGE-BANDWIDTH=${average}`] : []),
      `CODECS="${[...codecs].join()}"`,
    ];
    if (video !== undefined) {
      attributes.push(`RESOLUTION=${video.width}x${video.height}`);
      const rate = frameRates.get(variant);
      if (rate !== undefined) attributes.push(`FRAME-RATE=${seconds(rate * 1000)}`);
    }
    if (sounds.length > 0) attributes.push(`AUDIO="${AUDIO_GROUP}"`);
    lines.push(`#EXT-X-STREAM-INF:${attributes.join()}`);
    lines.push(`${folder}${names.playlist(variant.name)}`);
  }
  return lines.join("\n") + "\n";
}

function videoOf({ tracks }: Rendition): Mp4Track | undefined {
  return tracks.find(({ kind }) => kind === "video");
}

function soundLine({ channels }: Mp4Track, number: number, uri: string | undefined): string {
  const isFirst = uri === undefined;
  return `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${AUDIO_GROUP}",NAME="${number}"` +
    `,DEFAULT=${isFirst ? "YES" : "NO"},AUTOSELECT=YES,CHANNELS="${channels}"` +
    (isFirst ? "" : `,URI="${uri}"`);
}
