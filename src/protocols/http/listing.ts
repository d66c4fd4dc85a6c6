import type { FolderEntry } from "../../net/mod.ts";
import { encodePath } from "./target.ts";

const STYLE =
  `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1d2129;background:#fff}h1{font-size:1.3rem;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}td:nth-child(2){text-align:right;
white-space:nowrap}a{color:#0b57d0}@media(prefers-color-scheme:dark){body{color:#e3e3e3;background:#17191c}
th,td{border-color:#3a3d42}a{color:#8ab4f8}}`;

/** The page of a folder that has no page of its own. */
export function listingPage(application: string, entries: readonly FolderEntry[]): string {
  const title = `Index of ${escapeHtml(application)}/`;
  const rows = entries.map(({ name, isFolder, size, modified }) => {
    const mark = isFolder ? "/" : "";
    const link = `<a href="${encodePath(name)}${mark}">${escapeHtml(name)}${mark}</a>`;
    const date = new Date(modified).toISOString().slice(0, 16).replace("T", " ");
    return `<tr><td>${link}</td><td>${isFolder ? "" : size}</td><td>${date}</td></tr>\n`;
  });
  if (application !== "") {
    rows.unshift('<tr><td><a href="../">../</a></td><td></td><td></td></tr>\n');
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><h1>${title}</h1>
<table><thead><tr><th scope="col">Name</th><th scope="col">Bytes</th><th scope="col">Modified (UTC)</th></tr></thead>
<tbody>
${rows.join("")}</tbody></table></body></html>
`;
}

/** A text for use in HTML, between tags and in attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
