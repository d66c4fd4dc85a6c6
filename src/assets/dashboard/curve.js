/** Curves over time, drawn by uPlot; those who do not see them get their numbers as a text. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { html } from "./html.js";

const HEIGHT = 150;

/** A colour of the style sheet, as canvases want it. */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Colours that go with the theme now: a probe turns light-dark() into what it means here. */
function themed(name) {
  const probe = document.createElement("i");
  probe.style.color = colour(name);
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A time in seconds, as on a clock of 24 hours. */
function clock(seconds, isExact = false) {
  const parts = isExact ? {} : { hour: "2-digit", minute: "2-digit" };
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", parts);
}

const shown = (value, format) => value === null || value === undefined ? "–" : format(value);

function optionsFor(width, lines, format, sync) {
  const [faint, line] = [themed("faint"), themed("line")];
  const axis = {
    stroke: faint,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: "12px system-ui",
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: sync }, drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
    scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, space: 70, size: 28, values: (_plot, times) => times.map((time) => clock(time)) },
      { ...axis, size: 74, space: 34, values: (_plot, values) => values.map(format) },
    ],
    series: [
      { label: "At", value: (_plot, at) => at === null ? "now" : clock(at, true) },
      ...lines.map(({ title, color }) => ({
        label: title,
        stroke: themed(color),
        fill: `color-mix(in srgb, ${themed(color)} 12%, transparent)`,
        width: 1.5,
        points: { show: false },
        // Without a pointer the newest value is shown.
        value: (plot, value, at, index) =>
          shown(index === null ? plot.data[at].at(-1) : value, format),
      })),
    ],
  };
}

/**
 * @param history `{ interval, from, series }`
 * @param lines `{ key, title, color }` of each curve, the color by its name in the style sheet
 * @param format of values
 */
export function Curve({ title, history, lines, format, sync = "time" }) {
  const place = useRef();
  const plot = useRef();
  const newest = useRef();
  const { interval, from, series } = history;
  const length = series[lines[0].key]?.length ?? 0;
  const times = Array.from({ length }, (_, at) => (from + at * interval) / 1000);
  const data = [times, ...lines.map(({ key }) => series[key] ?? [])];
  newest.current = data;
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      const width = Math.max(120, place.current.clientWidth);
      const options = optionsFor(width, lines, format, sync);
      plot.current = new uPlot(options, newest.current, place.current);
    };
    const resized = new ResizeObserver(([{ contentRect: { width } }]) => {
      if (plot.current === undefined) draw();
      else if (Math.abs(plot.current.width - width) > 1) {
        plot.current.setSize({ width, height: HEIGHT });
      }
    });
    resized.observe(place.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    addEventListener("themechange", draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      removeEventListener("themechange", draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => plot.current?.setData(newest.current), [from, length]);
  return html`
    <figure class="curve">
      <figcaption>${title}</figcaption>
      <div ref=${place} role="img" aria-label=${spoken(title, lines, series, format)}></div>
    </figure>
  `;
}

function spoken(title, lines, series, format) {
  const texts = lines.map(({ key, title }) => {
    const values = (series[key] ?? []).filter((value) => value !== null);
    if (values.length === 0) return `${title}: nothing yet`;
    return `${title}: now ${format(values.at(-1))}, at most ${format(Math.max(...values))}`;
  });
  return `${title}, as a curve. ${texts.join(". ")}.`;
}
