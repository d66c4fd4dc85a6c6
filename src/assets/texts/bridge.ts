export { default } from "../bridge.js" with { type: "text" };
