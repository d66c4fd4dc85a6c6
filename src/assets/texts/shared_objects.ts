export { default } from "../shared_objects.js" with { type: "text" };
