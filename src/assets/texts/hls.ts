export { default } from "hls.js/dist/hls.min.js" with { type: "text" };
