export { default } from "mpegts.js/dist/mpegts.js" with { type: "text" };
